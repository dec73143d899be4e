using System.Text.Json.Nodes;
using KafkaFlow.Contracts;
using KafkaFlow.Engine.Reference;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

/// <summary>The engine as the differential test sees it: inputs as commands, what is visible read from its facts.</summary>
internal sealed class EngineSide
{
    public EngineSide(PlaybookGraph graph, EngineSettings settings)
    {
        Run = new(graph with { ContentHash = TestRun.StartCommand().ContentHash! }, settings);
        Run.Started();
        Settle();
    }

    private readonly Dictionary<string, string> _childHashes = [];
    /// <summary>Timers that fired during a pause: gone from the runtime, so the engine has to arm them again.</summary>
    private readonly List<(RunInput.Fire Fire, int Attempt)> _kept = [];

    public TestRun Run { get; }

    /// <summary>What became of the last input: accepted, rejected, held or nothing.</summary>
    public string Apply(RunInput input)
    {
        var wasPaused = Run.State!.Status == ExecutionStatus.Paused;
        var outcome = input is RunInput.Fire fire ? Fire(fire) : OutcomeOf(Run.When(CommandOf(input)));
        Settle();
        if (wasPaused && input is RunInput.Fire fired && Run.State.Status == ExecutionStatus.Paused)
        {
            _kept.Add((fired, AttemptOf(fired)));
            Run.Timers.Remove(KeyOf(fired));
        }
        if (input is not RunInput.Resume) return outcome;
        foreach (var (kept, attempt) in _kept.DistinctBy(kept => (KeyOf(kept.Fire), kept.Attempt)))
        {
            if (AttemptOf(kept) != attempt && kept.Kind != TimerKinds.Total) continue;
            Fire(kept, mayWait: false);
            Settle();
        }
        _kept.Clear();
        return outcome;
    }

    /// <summary>When a timer is due; null if none is armed.</summary>
    public Timestamp? DueOf(RunInput.Fire fire) =>
        Run.Timers.TryGetValue(KeyOf(fire), out var due) ? due : null;

    private int AttemptOf(RunInput.Fire fire) =>
        Run.State!.Activations.TryGetValue(fire.Activation, out var visit) ? visit.Attempt : 0;

    private static string KeyOf(RunInput.Fire fire) =>
        fire.Activation.Length == 0 ? TimerKeys.Deadline(TestRun.Id) : $"{TestRun.Id}/{fire.Activation}";

    /// <param name="mayWait">Whether the clock goes to the timer.</param>
    private string Fire(RunInput.Fire fire, bool mayWait = true)
    {
        for (var i = 0; i < 5; i++)
        {
            if (DueOf(fire) is not { } due || (!mayWait && due > Run.Clock)) return "nothing";
            Run.Clock = Timestamp.Max(Run.Clock, due);
            var decision = Run.When(TimerKeys.Fired(KeyOf(fire), due.UnixMicros / 1000));
            if (decision.Outcome is not DecisionOutcome.RearmTimer) return OutcomeOf(decision);
        }
        return "rearmed for ever";
    }

    private void Settle()
    {
        for (var decided = 0; Run.Sent.TryDequeue(out var command); decided++)
        {
            Assert.True(decided < 1_000, "the engine goes on for ever");
            if (command.ExecutionId == TestRun.Id) Run.When(command);
            else if (command.Parent is { } parent) Remember(JsonNode.Parse(parent)!);
        }
    }

    private void Remember(JsonNode parent) =>
        _childHashes[parent["task_id"]!.GetValue<string>()] = parent["task_hash"]!.GetValue<string>();

    private static string OutcomeOf(Decision decision) => decision.Outcome switch
    {
        DecisionOutcome.Hold => "held",
        DecisionOutcome.Accepted when decision.Facts.All(fact => fact.EventType == EventTypes.StaleResult) => "nothing",
        DecisionOutcome.Accepted when decision.Facts.Any(fact => fact.EventType == EventTypes.CommandRejected) => "rejected",
        DecisionOutcome.Accepted => "accepted",
        _ => "nothing",
    };

    private Command CommandOf(RunInput input) => input switch
    {
        RunInput.Beat x => Answer(CommandTypes.ActionHeartbeat, x.Activation, x.Attempt, false),
        RunInput.Complete x =>
            Answer(CommandTypes.ActionCompleted, x.Activation, x.Attempt, x.WrongHash) with { Result = x.Json },
        RunInput.Fail x => Answer(CommandTypes.ActionFailed, x.Activation, x.Attempt, x.WrongHash) with
        {
            Error = new JsonObject { ["code"] = x.Code, ["message"] = x.Code, ["retryable"] = x.Retryable }.ToJsonString(),
        },
        RunInput.Signal x => Of(CommandTypes.SignalReceived) with { Name = x.Name, Payload = x.Json },
        RunInput.Decide x => Of(CommandTypes.ApprovalDecided) with
        {
            Activation = x.Activation, Decision = x.Approve ? "approve" : "reject", Actor = x.Actor, Form = x.Form,
        },
        RunInput.ChildEnded x => Answer(x.Status == "COMPLETED" ? CommandTypes.ActionCompleted : CommandTypes.ActionFailed,
            x.Activation, x.Attempt, false) with
        {
            WorkerId = "engine",
            Result = x.Status == "COMPLETED" ? x.Json : null,
            Error = x.Status == "COMPLETED" ? null : new JsonObject
            {
                ["code"] = $"child_{x.Status.ToLowerInvariant()}", ["message"] = "the child", ["retryable"] = true,
            }.ToJsonString(),
        },
        RunInput.Cancel x => Of(CommandTypes.CancelRequested) with { Force = x.Force ? true : null },
        RunInput.Pause => Of(CommandTypes.PauseRequested),
        RunInput.Resume => Of(CommandTypes.ResumeRequested),
        RunInput.Skip x => Of(CommandTypes.SkipRequested) with { Step = x.Step },
        RunInput.Rerun x => Of(CommandTypes.RerunRequested) with { Step = x.Step },
        RunInput.SetVariable x => Of(CommandTypes.VariableSetRequested) with { Name = x.Name, Value = x.Json },
        RunInput.Patch x => Of(CommandTypes.PatchRequested) with { Patch = x.Json, ExpectedVersion = x.ExpectedVersion },
        _ => throw new InvalidOperationException(input.GetType().Name),
    };

    private static Command Of(string type) => new() { EventType = type, ExecutionId = TestRun.Id, Actor = "ann" };

    private Command Answer(string type, string activation, int attempt, bool wrongHash)
    {
        var id = $"{TestRun.Id}/{activation}/{attempt}";
        var task = Run.Tasks.LastOrDefault(task => task.TaskId == id);
        return Of(type) with
        {
            TaskId = id,
            Activation = activation,
            Attempt = attempt,
            TaskHash = wrongHash ? "other" : task?.TaskHash ?? _childHashes.GetValueOrDefault(id, "unknown"),
            WorkerId = "w1",
            Actor = null,
        };
    }
}
