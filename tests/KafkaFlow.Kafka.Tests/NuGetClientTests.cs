using System.Diagnostics;
using KafkaFlow.Testing;

namespace KafkaFlow.Kafka.Tests;

[Trait("tier", "ci")]
public sealed class NuGetClientTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task The_source_compiles_against_the_newer_client_package()
    {
        using var artifacts = TestEnvironment.NewDirectory("nuget-client");
        var project = Path.Combine(TestEnvironment.RepositoryRoot, "src", "KafkaFlow.Kafka", "KafkaFlow.Kafka.csproj");
        using var limit = new CancellationTokenSource(Limit);
        var (exitCode, output) = await DotnetAsync(["restore", .. Arguments(project, artifacts)], limit.Token);
        if (exitCode != 0 && output.Contains("Confluent.Kafka", StringComparison.Ordinal))
            Assert.Skip("not run: the package feed has no Confluent.Kafka 2.15.1");
        Assert.True(exitCode == 0, output);
        (exitCode, output) = await DotnetAsync(["build", "--no-restore", .. Arguments(project, artifacts)], limit.Token);
        Assert.True(exitCode == 0, output);
        var built = Directory.GetFiles(artifacts.FullPath, "Confluent.Kafka.dll", SearchOption.AllDirectories);
        Assert.NotEmpty(built);
        Assert.StartsWith("2.15.1", FileVersionInfo.GetVersionInfo(built[0]).ProductVersion, StringComparison.Ordinal);
    }

    private static string[] Arguments(string project, TemporaryDirectory artifacts) =>
        [project, "-v", "quiet", "-p:KafkaClient=nuget", $"-p:ArtifactsPath={artifacts.FullPath}", "-nodeReuse:false", "-p:UseSharedCompilation=false"];

    private static async Task<(int ExitCode, string Output)> DotnetAsync(string[] arguments, CancellationToken cancel)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(cancel);
        var output = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return (process.ExitCode, output + await error);
    }
}
