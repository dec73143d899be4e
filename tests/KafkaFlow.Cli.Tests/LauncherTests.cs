using System.Diagnostics;
using KafkaFlow.Testing;

namespace KafkaFlow.Cli.Tests;

/// <summary>The two launchers at the root.</summary>
[Trait("tier", "fast")]
public sealed class LauncherTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_missing_package_is_told_with_the_exact_command_that_installs_it()
    {
        var (exitCode, output, talk) = await BashAsync(
            "source build/packages.sh; require_packages bash no-such-package-a no-such-package-b; echo went on",
            ("KAFKAFLOW_NO_INSTALL", "1"));
        Assert.Equal(7, exitCode);
        Assert.Equal("", output);
        Assert.Contains(
            "sudo apt-get install -y --no-install-recommends no-such-package-a no-such-package-b\n", talk, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Packages_that_are_there_are_passed_over_in_silence()
    {
        var (exitCode, output, talk) = await BashAsync(
            "source build/packages.sh; require_packages bash; echo went on", ("KAFKAFLOW_NO_INSTALL", "1"));
        Assert.Equal((0, "went on\n", ""), (exitCode, output, talk));
    }

    [Theory]
    [InlineData(0, "publish ahead", "")]
    [InlineData(1, "publish plain", "without ahead-of-time compilation")]
    public async Task Without_the_ahead_of_time_compiler_the_tool_is_built_all_the_same_and_it_is_said(
        int restored, string called, string said)
    {
        var (exitCode, output, talk) = await BashAsync($$"""
            dotnet() {
              case "$1 $*" in
                restore*) return {{restored}} ;;
                publish*PublishReadyToRun=true*) echo publish ahead ;;
                publish*) echo publish plain ;;
              esac
            }
            source build/program.sh; publish_program "$PWD"
            """);
        Assert.Equal((0, ""), (exitCode, output));
        Assert.Contains(called, talk, StringComparison.Ordinal);
        Assert.StartsWith(said, talk, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_named_is_run_as_it_is()
    {
        var (exitCode, output, talk) = await BashAsync("./kafkaflow one 'two three'", ("KAFKAFLOW_PROGRAM", "/usr/bin/echo"));
        Assert.Equal((0, "one two three\n", ""), (exitCode, output, talk));
    }

    [Fact]
    public async Task An_unknown_tier_of_the_test_launcher_is_a_usage_error()
    {
        var runner = Path.Combine(
            TestEnvironment.RepositoryRoot, "artifacts/bin/KafkaFlow.TestRunner/release/KafkaFlow.TestRunner");
        if (!File.Exists(runner)) Assert.Skip("not run: the test runner has not been built");
        var (exitCode, output, talk) = await BashAsync($"'{runner}' slow");
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("slow", talk, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Talk)> BashAsync(
        string script, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("bash", ["-c", script])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = TestEnvironment.RepositoryRoot,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var late = new CancellationTokenSource(Limit);
        var output = process.StandardOutput.ReadToEndAsync(late.Token);
        var talk = process.StandardError.ReadToEndAsync(late.Token);
        await process.WaitForExitAsync(late.Token);
        return (process.ExitCode, await output, await talk);
    }
}
