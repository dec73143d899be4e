using System.Diagnostics;
using System.Text.RegularExpressions;
using KafkaFlow.LocalServers;
using KafkaFlow.Testing;

namespace KafkaFlow.Repo.Tests;

/// <summary>README is run as a new user would: its shell blocks in order, in one shell, in a copy of the repository.</summary>
public sealed partial class ReadmeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private static string ReadmeText => File.ReadAllText(Path.Combine(TestEnvironment.RepositoryRoot, "README.md"));

    [Fact]
    public void It_is_short_and_names_both_launchers_which_are_there()
    {
        Assert.InRange(ReadmeText.Split('\n').Length, 40, 150);
        foreach (var launcher in new[] { "kafkaflow", "test" })
        {
            Assert.Contains($"./{launcher} ", ReadmeText, StringComparison.Ordinal);
            var file = Path.Combine(TestEnvironment.RepositoryRoot, launcher);
            if (!OperatingSystem.IsWindows()) Assert.True(File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute));
        }
    }

    [Fact]
    public void Every_file_it_and_the_documents_link_to_is_there()
    {
        var documents = Directory.GetFiles(Path.Combine(TestEnvironment.RepositoryRoot, "docs"), "*.md")
            .Append(Path.Combine(TestEnvironment.RepositoryRoot, "README.md"));
        foreach (var document in documents)
            foreach (var target in Link().Matches(File.ReadAllText(document)).Select(m => m.Groups[1].Value))
                Assert.True(
                    Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, target)), $"{document} links to {target}");
    }

    [Fact]
    [Trait("needs", "postgres")]
    public async Task Its_shell_blocks_run_in_order_and_show_what_they_promise()
    {
        if (PostgresServer.Problem() is { } problem) Assert.Skip($"not run: {problem}");
        if (!File.Exists(TestEnvironment.Program)) Assert.Skip("not run: the command line has not been built");
        var blocks = ShellBlock().Matches(ReadmeText).Select(m => m.Groups[1].Value).ToList();
        Assert.InRange(blocks.Count, 5, 30);

        using var scratch = TestEnvironment.NewDirectory("readme");
        await CopyRepositoryAsync(scratch.FullPath);
        // Whatever happens, what `dev` has started ends with the shell.
        var script = "set -euo pipefail\ntrap 'for job in $(jobs -p); do kill $job; done; wait' EXIT\n"
            + string.Concat(blocks.Select((block, i) => $"echo '=== block {i}'\n{block}"));
        var (exitCode, output, talk) = await BashAsync(script, scratch.FullPath);

        Assert.True(exitCode == 0, $"exit {exitCode}\n{output}\n{talk}");
        var shown = output.Split("=== block ");
        Assert.Equal(blocks.Count + 1, shown.Length);
        Assert.Contains("Hello, World!", shown[1], StringComparison.Ordinal);
        Assert.Contains("COMPLETED", shown[1], StringComparison.Ordinal);
        Assert.Matches("examples/order@1 registered", output);
        Assert.Equal(15, Timeline().Count(output));
        Assert.Matches(@"15 \| execution_completed +\| +\| COMPLETED", output);
        Assert.Contains("(15 rows)", output, StringComparison.Ordinal);
        Assert.Contains("order-17 is COMPLETED", output, StringComparison.Ordinal);
        Assert.Contains("\"execution_id\":\"order-17\"", output, StringComparison.Ordinal);
        Assert.Contains("\nmatches\n", output, StringComparison.Ordinal);
        Assert.Contains("refused with exit code 4", output, StringComparison.Ordinal);
        Assert.False(File.Exists(scratch.PathOf(".kafkaflow/instance.json")));
    }

    /// <summary>Tracked and new files.</summary>
    private static async Task CopyRepositoryAsync(string directory)
    {
        var (exitCode, _, talk) = await BashAsync(
            $"git ls-files -z -co --exclude-standard | tar --null -T - -cf - | tar -xf - -C '{directory}'",
            TestEnvironment.RepositoryRoot);
        Assert.True(exitCode == 0, talk);
    }

    private static async Task<(int ExitCode, string Output, string Talk)> BashAsync(string script, string directory)
    {
        var start = new ProcessStartInfo("bash", ["-c", script])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory,
        };
        start.Environment["KAFKAFLOW_PROGRAM"] = TestEnvironment.Program;
        foreach (var name in new[] { "KAFKAFLOW_BOOTSTRAP", "KAFKAFLOW_POSTGRES", "KAFKAFLOW_PREFIX", "KAFKAFLOW_DATA", "KAFKA_HOME" })
            start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var talk = process.StandardError.ReadToEndAsync();
        using var late = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"not done after {Limit.TotalSeconds:0} s\n{await output}\n{await talk}");
        }
        return (process.ExitCode, await output, await talk);
    }

    [GeneratedRegex(@"^```sh\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)[^)]*\)")]
    private static partial Regex Link();

    /// <summary>A line of the topic's timeline that is of order-17.</summary>
    [GeneratedRegex(@"^\d{13} order-17/\d+@\d+ .*event_type=", RegexOptions.Multiline)]
    private static partial Regex Timeline();
}
