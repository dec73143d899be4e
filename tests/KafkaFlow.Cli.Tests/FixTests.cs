using System.Text.RegularExpressions;
using KafkaFlow.Cli.Local;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Playbooks;
using KafkaFlow.Testing;
using Claim = KafkaFlow.Contracts.Command;
using EngineCore = KafkaFlow.Engine.Engine;

namespace KafkaFlow.Cli.Tests;

/// <summary>Whatever an execution waits for, <c>why</c> names a command that exists.</summary>
[Trait("tier", "fast")]
public sealed partial class FixTests
{
    private const string Source = """
        apiVersion: noetl.io/v1
        kind: Playbook
        metadata: {path: tests/kinds}
        deadline: 1d
        workflow:
          - {step: start, next: [queued, running, flaky, pause, signal, ask, child, many]}
          - {step: queued, tool: somebody}
          - {step: running, tool: somebody}
          - {step: flaky, tool: somebody, retry: 3}
          - {step: pause, wait: 1h}
          - {step: signal, wait: {signal: go}}
          - {step: ask, approval: true}
          - {step: child, tool: playbook, path: tests/child}
          - step: many
            tool: iterator
            collection: [1, 2]
            mode: async
            task: {tool: somebody}
        """;

    private readonly PlaybookGraph _graph = PlaybookCompiler.Compile(Source, "kinds.yaml").Graph!;
    private readonly List<ExecutionEvent> _facts = [];
    private readonly Dictionary<(int, long), RecordedCommand> _commands = [];
    private long _offset;

    [GeneratedRegex("""new\((?:null|step\.Id|id), "(\w+)",""")]
    private static partial Regex KindInSource();

    [Fact]
    public void Every_kind_of_waiting_names_a_command_that_exists()
    {
        var seen = new HashSet<string>();
        Start(new EngineSettings());
        Answer(CommandTypes.ActionStarted, "running#1");
        Answer(CommandTypes.ActionFailed, "flaky#1");
        Walk(seen);
        Decide(new Claim { EventType = CommandTypes.PauseRequested, ExecutionId = "e" });
        Walk(seen);
        Decide(new Claim { EventType = CommandTypes.CancelRequested, ExecutionId = "e", Force = true });
        Walk(seen);
        Start(new EngineSettings { MaxFactsPerDecision = 4 });
        Walk(seen);
        Start(new EngineSettings { ParkOn = ["boom"] });
        Answer(CommandTypes.ActionFailed, "queued#1");
        Walk(seen);

        var source = File.ReadAllText(Path.Combine(TestEnvironment.RepositoryRoot, "src", "KafkaFlow.Engine", "Waiting.cs"));
        var kinds = KindInSource().Matches(source).Select(m => m.Groups[1].Value).Append("ended").Distinct().Order();
        Assert.Equal(kinds, seen.Order());
    }

    [Fact]
    public void A_decision_that_would_be_made_otherwise_now_is_found_by_deciding_again()
    {
        Start(new EngineSettings());
        Answer(CommandTypes.ActionFailed, "flaky#1");
        Decide(new Claim { EventType = CommandTypes.SignalReceived, ExecutionId = "e", Name = "go", Payload = "1" });
        Assert.Empty(RecordedDecisions.Differences(_facts, _graph, _commands));
        var ended = _facts.FindIndex(f => f.EventType == EventTypes.StepCompleted && f.NodeName == "signal");
        _facts[ended] = _facts[ended] with { Result = "2" };
        var found = Assert.Single(RecordedDecisions.Differences(_facts, _graph, _commands));
        Assert.StartsWith($"seq {_facts[ended].Seq}: recorded step_completed signal#1", found, StringComparison.Ordinal);
        _commands.Clear();
        Assert.Empty(RecordedDecisions.Differences(_facts, _graph, _commands));
    }

    private void Walk(HashSet<string> seen)
    {
        var reasons = ExecutionHistory.Of(_facts).Reasons();
        Assert.NotEmpty(reasons);
        foreach (var reason in reasons)
        {
            seen.Add(reason.Kind);
            Assert.True(reason.Fix is not null, $"{reason.Kind} has no fix");
            var words = reason.Fix.Split(' ');
            Assert.Equal("kafkaflow", words[0]);
            var parsed = Program.Root(out _).Parse(words[1..]);
            Assert.True(parsed.Errors.Count == 0 && parsed.UnmatchedTokens.Count == 0,
                $"{reason.Kind}: '{reason.Fix}' is no command: {string.Join("; ", parsed.Errors.Select(e => e.Message))}");
            Assert.NotNull(parsed.CommandResult.Command.Action);
        }
    }

    private void Start(EngineSettings settings)
    {
        _facts.Clear();
        Decide(new Claim
        {
            EventType = CommandTypes.ExecutionStarted, ExecutionId = "e", PlaybookPath = "tests/kinds",
            PlaybookVersion = "1", ContentHash = _graph.ContentHash,
        }, settings);
    }

    private void Answer(string type, string activation)
    {
        var state = ExecutionHistory.Of(_facts).State.Activations[activation];
        Decide(new Claim
        {
            EventType = type, ExecutionId = "e", TaskId = $"e/{activation}/1", Activation = activation, Attempt = 1,
            TaskHash = state.TaskHash, WorkerId = "w",
            Error = type == CommandTypes.ActionFailed ? """{"code":"boom","message":"boom"}""" : null,
        });
    }

    private void Decide(Claim claim, EngineSettings? settings = null)
    {
        var state = _facts.Aggregate((ExecutionState?)null, EngineCore.Evolve);
        var at = Timestamp.FromUnixMillis(1_700_000_000_000 + ++_offset);
        _commands[(0, _offset)] = new RecordedCommand(claim, at, null);
        _facts.AddRange(EngineCore.Decide(state, new DecisionInput
        {
            Command = claim, Partition = 0, Offset = _offset, Epoch = 1, Graph = _graph, Settings = settings ?? new(),
            AppendedAt = at,
        }).Facts);
    }
}
