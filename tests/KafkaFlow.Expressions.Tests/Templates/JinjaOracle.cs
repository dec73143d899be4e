using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KafkaFlow.Expressions.Tests.Templates;

/// <summary>A child process with jinja2, asked one line at a time.</summary>
internal sealed class JinjaOracle : IDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);
    private readonly Process _process;

    private JinjaOracle(Process process) => _process = process;

    public static JinjaOracle StartOrSkip()
    {
        string python = Environment.GetEnvironmentVariable("KAFKAFLOW_PYTHON") is { Length: > 0 } named ? named : "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(python), $"not run: {python} is absent");
        using (Process probe = Process.Start(new ProcessStartInfo(python, ["-c", "import jinja2, yaml"]) { RedirectStandardError = true })!)
        {
            probe.WaitForExit(AnswerTimeout);
            Assert.SkipUnless(probe.ExitCode == 0, $"not run: {python} has no jinja2 and yaml");
        }
        string script = Path.Combine(AppContext.BaseDirectory, "Templates", "jinja_oracle.py");
        var start = new ProcessStartInfo(python, ["-X", "utf8", script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new JinjaOracle(Process.Start(start)!);
    }

    /// <returns>jinja2's value as JSON, or its text; null if it fails.</returns>
    public string? Render(string template, string contextJson, bool value)
    {
        JsonObject answer = Ask(new JsonObject
        {
            ["t"] = template,
            ["ctx"] = JsonNode.Parse(contextJson),
            ["value"] = value,
        });
        LastError = (string?)answer["error"];
        return (string?)answer["r"];
    }

    public string? LastError { get; private set; }

    public IReadOnlyList<string> Walk(string directory) =>
        [.. Ask(new JsonObject { ["walk"] = directory })["templates"]!.AsArray().Select(t => (string)t!)];

    public IReadOnlyList<string> Contexts(string template, int count, int seed) =>
        [.. Ask(new JsonObject { ["contexts"] = template, ["count"] = count, ["seed"] = seed })["contexts"]!
            .AsArray().Select(c => c!.ToJsonString())];

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(AnswerTimeout))
            _process.Kill();
        _process.Dispose();
    }

    private JsonObject Ask(JsonObject request)
    {
        _process.StandardInput.WriteLine(request.ToJsonString());
        _process.StandardInput.Flush();
        Task<string?> line = _process.StandardOutput.ReadLineAsync();
        if (!line.Wait(AnswerTimeout) || line.Result is not { } answer)
            throw new TimeoutException($"jinja2 gave no answer to {request.ToJsonString(JsonSerializerOptions.Default)}");
        return JsonNode.Parse(answer)!.AsObject();
    }
}
