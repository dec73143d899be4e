using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using KafkaFlow.Contracts;
using KafkaFlow.Testing;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>Engine, worker and sink as processes of their own under a private prefix, and runs of three echo steps.</summary>
internal sealed class Parts : IAsyncDisposable
{
    private const string Path = "test/echo";
    private const int Steps = 3;
    private readonly TemporaryDirectory _directory = TestEnvironment.NewDirectory("parts");
    private readonly string[] _options;
    private readonly string _postgres;
    private readonly IReadOnlyDictionary<string, string>? _environment;

    private Parts(string bootstrap, string postgres, string? registry, IReadOnlyDictionary<string, string>? environment)
    {
        _environment = environment;
        var prefix = KafkaCluster.NewPrefix();
        _postgres = postgres;
        _options = ["--bootstrap", bootstrap, "--prefix", prefix, "--postgres", postgres, .. registry is null ? [] : new[] { "--registry", registry }];
        Engine = New("engine", "engine", "run");
        Worker = New("worker", "worker", "run", "--types", "echo,python");
        Sink = New("sink", "sink", "run");
        Prefix = prefix;
    }

    public string Prefix { get; }
    public Part Engine { get; }
    public Part Worker { get; }
    public Part Sink { get; }
    public IReadOnlyList<Part> All => [Engine, Worker, Sink];
    public Wire Wire { get; private set; } = null!;
    public List<string> Runs { get; } = [];

    /// <param name="observed">Address of the registry for the test's own reading, where it is another than the product's.</param>
    public static async Task<Parts> StartAsync(
        string bootstrap, string postgres, string? registry = null, string? observed = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var parts = new Parts(bootstrap, postgres, registry, environment);
        try
        {
            await parts.CallAsync("topics", "apply");
            await File.WriteAllTextAsync(parts._directory.PathOf("echo.yaml"), Playbook());
            await parts.CallAsync("playbook", "register", parts._directory.PathOf("echo.yaml"));
            foreach (var part in parts.All) part.Start();
            parts.Wire = new Wire(bootstrap, parts.Prefix, observed ?? registry);
            return parts;
        }
        catch
        {
            await parts.DisposeAsync();
            throw;
        }
    }

    public async Task<JsonNode?> CallAsync(params string[] arguments)
    {
        var result = await CliProcess.RunAsync([.. arguments, .. _options, "--data", _directory.PathOf("cli"), "--output", "json"]);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result}");
        return result.Output.Length == 0 ? null : JsonNode.Parse(result.Output);
    }

    public async Task StartRunsAsync(int count)
    {
        var sending = new List<Task>();
        for (var i = 0; i < count; i++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{Runs.Count}");
            Runs.Add(id);
            sending.Add(Wire.StartAsync(id, Path, $$"""{"run": {{Runs.Count}}}"""));
        }
        await Task.WhenAll(sending);
    }

    /// <summary>All runs complete; each step has one outcome; nothing became a dead letter but repeated answers.</summary>
    public async Task AllCompleteOnceAsync(TimeSpan limit)
    {
        await Wire.Facts.EndedAsync(Runs, limit);
        for (var i = 0; i < Runs.Count; i++)
        {
            var facts = Wire.Facts.Of(Runs[i]);
            Assert.Equal(EventTypes.ExecutionCompleted, facts[^1].EventType);
            Assert.Single(facts, f => EventTypes.IsTerminal(f.EventType));
            Assert.Single(facts, f => f.EventType == EventTypes.ExecutionStarted);
            var done = facts.Where(f => f.EventType == EventTypes.StepCompleted).Select(f => f.NodeName!);
            Assert.Equal(Enumerable.Range(1, Steps).Select(n => $"s{n}"), done);
            Assert.DoesNotContain(facts, f => f.EventType is EventTypes.StepFailed or EventTypes.StepSkipped or EventTypes.StepCancelled);
            var result = JsonNode.Parse(facts.Last(f => f.EventType == EventTypes.StepCompleted).Result!)!;
            Assert.Contains($"{i + 1}", result.ToJsonString(), StringComparison.Ordinal);
        }
        Assert.Equal(Runs.Order(), Wire.Facts.All.Select(f => f.ExecutionId).Distinct().Order());
        Assert.Empty(Wire.DeadLetters().Where(d => !IsRepeatedAnswer(d)).Select(d => $"{d.Code}: {d.Reason}"));
    }

    /// <summary>Table <c>event</c> holds the accepted facts, all, once, field by field.</summary>
    public async Task TableEqualsTopicAsync(TimeSpan limit)
    {
        Wire.Facts.Read();
        var expected = Wire.Facts.All.Select(EventColumns.Of).Order(StringComparer.Ordinal).ToList();
        await Postgres.EventuallyAsync(_postgres, "select count(*) from event", [$"{expected.Count}"], limit);
        var found = await Postgres.RowsAsync(_postgres, EventColumns.Query);
        Assert.Equal(expected, found.Order(StringComparer.Ordinal));
        var states = await Postgres.RowsAsync(_postgres, "select status || ' ' || count(*) from execution group by status");
        Assert.Equal([$"COMPLETED {Runs.Count}"], states);
        Assert.Equal(["0"], await Postgres.RowsAsync(_postgres, "select count(*) from event_rejected"));
    }

    /// <summary>Every command has been decided and checkpointed.</summary>
    public async Task LagIsZeroAsync(TimeSpan limit)
    {
        for (var until = DateTime.UtcNow + limit; ;)
        {
            var rows = (await CallAsync("engine", "status"))!.AsArray();
            Assert.NotEmpty(rows);
            if (rows.All(row => (long)row!["lag"]! == 0)) return;
            Assert.True(DateTime.UtcNow < until, rows.ToJsonString());
        }
    }

    /// <summary>A worker that was killed does again what it had finished within the last second.</summary>
    private static bool IsRepeatedAnswer(DeadLetter dead) =>
        dead.Code == DlqCodes.FinishedExecution
        && dead.Reason.StartsWith(CommandTypes.ActionCompleted, StringComparison.Ordinal);

    private Part New(string name, params string[] command) =>
        new(name, _directory.PathOf(name), [.. command, .. _options], _environment);

    private static string Playbook()
    {
        var text = new StringBuilder("apiVersion: noetl.io/v1\nkind: Playbook\n");
        text.Append(CultureInfo.InvariantCulture, $"metadata: {{name: echo, path: {Path}}}\nworkload: {{run: 0}}\nworkflow:\n");
        for (var n = 1; n <= Steps; n++)
        {
            text.Append(CultureInfo.InvariantCulture, $"- step: s{n}\n  tool: echo\n");
            text.Append(CultureInfo.InvariantCulture, $"  args: {{n: {n}, run: \"{{{{ workload.run }}}}\"}}\n");
            if (n < Steps) text.Append(CultureInfo.InvariantCulture, $"  next: [{{step: s{n + 1}}}]\n");
        }
        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(All.Select(part => part.DisposeAsync().AsTask()));
        Wire?.Dispose();
        _directory.Dispose();
    }
}
