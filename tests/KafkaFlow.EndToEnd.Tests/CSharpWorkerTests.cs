using System.Diagnostics;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>The sample in C#: a type of one's own, served by a program of one's own.</summary>
[Trait("tier", "fast")]
[Trait("needs", "kafka")]
[Trait("needs", "postgres")]
public sealed class CSharpWorkerTests(Stack stack)
{
    [Fact]
    public async Task The_csharp_sample_serves_its_type_fails_what_it_cannot_do_and_drains()
    {
        await stack.StartAsync();
        await Live.StartAsync(stack, "words-1", "test/words", """
            workload: {texts: [one, "two words", "  and now three "]}
            workflow:
              - step: count
                tool: iterator
                collection: "{{ workload.texts }}"
                task: {tool: word-count, args: {text: "{{ item }}"}}
                next: [nothing]
              - step: nothing
                tool: word-count
                retry: 3
                next: [{step: caught, on_error: true, args: {code: "{{ error.code }}", attempt: "{{ error.attempt }}"}}]
              - {step: caught, tool: transform, value: {counts: "{{ count }}", code: "{{ error.code }}"}}
            """);
        using var worker = Process.Start(new ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, "csharp-worker"), [stack.Bootstrap, stack.Prefix])
        { RedirectStandardOutput = true })!;
        try
        {
            worker.BeginOutputReadLine();
            var run = await Live.EndOfAsync(stack, "words-1");
            Assert.Equal("""[{"words":1},{"words":2},{"words":3}]""", StepOf(run, "count")["result"]!.ToJsonString());
            Assert.Equal("no_text", (string)StepOf(run, "nothing")["error"]!["code"]!);
            Assert.Equal(1, (int)StepOf(run, "nothing")["attempts"]!); // it said that another attempt would fail alike
            using var term = Process.Start("kill", ["-TERM", $"{worker.Id}"]);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await worker.WaitForExitAsync(limit.Token);
            Assert.Equal(0, worker.ExitCode);
        }
        finally
        {
            if (!worker.HasExited) worker.Kill();
        }
    }

    private static System.Text.Json.Nodes.JsonNode StepOf(System.Text.Json.Nodes.JsonNode run, string step) =>
        run["steps"]!.AsArray().Single(s => (string)s!["step"]! == step)!;
}
