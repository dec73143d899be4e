using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

/// <summary>
/// One execution against an in-memory log: given a playbook, when a command comes, then there is a decision. After each
/// one it checks what must always hold: facts numbered without gaps, fold(facts) == live state, codec identity.
/// </summary>
internal sealed class TestRun(PlaybookGraph graph, EngineSettings? settings = null)
{
    public const string Id = "order-17";
    private readonly SortedDictionary<string, byte[]> _keys = new(StringComparer.Ordinal);

    public EngineSettings Settings { get; } = settings ?? new();
    public ExecutionState? State { get; private set; }
    public List<ExecutionEvent> Facts { get; } = [];
    public List<TaskRecord> Tasks { get; } = [];
    public List<TaskControl> Controls { get; } = [];
    public SortedDictionary<string, Timestamp> Timers { get; } = new(StringComparer.Ordinal);
    public Queue<Command> Sent { get; } = [];
    public Dictionary<string, Timestamp> Heartbeats { get; } = [];
    public List<(DecisionInput Input, Decision Decision)> Log { get; } = [];
    public Timestamp Clock { get; set; } = Timestamp.FromUnixMillis(1_700_000_000_000);
    public long Offset { get; private set; } = 100;

    public IEnumerable<string> Types => Facts.Select(fact => fact.EventType);
    public ExecutionEvent Last => Facts[^1];

    public static Command StartCommand(string? payload = null, string version = "3") => new()
    {
        EventType = CommandTypes.ExecutionStarted,
        ExecutionId = Id,
        PlaybookPath = "tests/playbook",
        PlaybookVersion = version,
        ContentHash = "hash-1",
        Payload = payload,
    };

    public TestRun Started(string? payload = null)
    {
        Accepted(StartCommand(payload));
        return this;
    }

    public Decision When(Command command, string? undecodable = null, long? partition = null)
    {
        var input = new DecisionInput
        {
            Command = command,
            Partition = (int)(partition ?? 2),
            Offset = Offset++,
            AppendedAt = Clock,
            Epoch = 7,
            Graph = graph,
            Settings = Settings,
            LastHeartbeat = LastHeartbeat(command),
            Undecodable = undecodable,
        };
        var before = State;
        var decision = Engine.Decide(State, input);
        if (KafkaFlow.Engine.Heartbeats.Counts(before, command)) Heartbeats[command.Activation!] = Clock;
        Log.Add((input, decision));
        Take(decision);
        return decision;
    }

    public Decision Accepted(Command command)
    {
        var decision = When(command);
        Assert.IsType<DecisionOutcome.Accepted>(decision.Outcome);
        return decision;
    }

    public Decision Complete(string step, string result = "null") => Accepted(Answer(step, result));

    public Decision Fail(string step, string code = "boom", string message = "it broke") => Accepted(Answer(step, "null") with
    {
        EventType = CommandTypes.ActionFailed,
        Result = null,
        Error = $$"""{"code":"{{code}}","message":"{{message}}","retryable":false}""",
    });

    public Decision Begin(string step) => Accepted(Answer(step, null) with { EventType = CommandTypes.ActionStarted });

    public Command Answer(string step, string? result)
    {
        var task = Task(step);
        return new()
        {
            EventType = CommandTypes.ActionCompleted,
            ExecutionId = Id,
            TaskId = task.TaskId,
            Activation = task.Activation,
            Attempt = task.Attempt,
            TaskHash = task.TaskHash,
            WorkerId = "w1",
            Result = result,
        };
    }

    /// <summary>The last task handed out for a step.</summary>
    public TaskRecord Task(string step) => Tasks.Last(task => task.Step == step);

    /// <summary>The clock goes to the timer's due time and it fires.</summary>
    public Decision Fire(string step)
    {
        var key = $"{Id}/{step}#1";
        Clock = Timestamp.Max(Clock, Timers[key]);
        return When(TimerKeys.Fired(key, Timers[key].UnixMicros / 1000));
    }

    /// <summary>Decides the engine's commands to itself until there are none.</summary>
    public int Settle(int limit = 10_000)
    {
        var decided = 0;
        while (Sent.TryDequeue(out var command))
        {
            Assert.True(++decided <= limit, "the engine goes on for ever");
            When(command);
        }
        return decided;
    }

    /// <summary>Outcome facts per step.</summary>
    public Dictionary<string, string> Outcomes() => Facts
        .Where(fact => fact.EventType is EventTypes.StepCompleted or EventTypes.StepFailed or EventTypes.StepSkipped
            or EventTypes.StepCancelled)
        .ToDictionary(fact => fact.NodeName!, fact => fact.Status);

    public ExecutionEvent Fact(string type, string? step = null) =>
        Facts.Single(fact => fact.EventType == type && (step is null || fact.NodeName == step));

    public RunView View() => RunView.Of(Facts);

    private Timestamp? LastHeartbeat(Command command) =>
        KafkaFlow.Engine.Heartbeats.ActivationOf(command) is { } activation
        && Heartbeats.TryGetValue(activation, out var at) ? at : null;

    private void Take(Decision decision)
    {
        if (decision.Outcome is DecisionOutcome.RearmTimer rearm) Timers[rearm.TimerKey] = rearm.DueAt;
        if (decision.Facts.Count == 0)
        {
            Assert.Same(State, decision.State);
            return;
        }
        for (var i = 0; i < decision.Facts.Count; i++)
        {
            var fact = decision.Facts[i];
            Assert.Equal((i + 1, decision.Facts.Count, Facts.Count + i + 1L), (fact.Part, fact.Parts, fact.Seq));
            Assert.Contains(fact.Status, EventTypes.All[fact.EventType]);
        }
        CheckCodec(State, decision.State!);
        State = decision.State!;
        Facts.AddRange(decision.Facts);
        Assert.Equal(StateCodec.StateHash(Fold(Facts)!), StateCodec.StateHash(State));
        if (State.IsFinished) Assert.True(EventTypes.IsTerminal(Last.EventType));
        else Assert.True(State.Live > 0 || State.Cursor is not null || State.Status is ExecutionStatus.Parked or ExecutionStatus.Paused);
        if (!State.IsFinished) Assert.NotEmpty(Waiting.For(State));
        var outputs = new List<EngineOutput>();
        Engine.Emit(State, decision.Facts, outputs);
        foreach (var output in outputs) Take(output);
    }

    private void Take(EngineOutput output)
    {
        switch (output)
        {
            case EngineOutput.ScheduleTask(var task): Tasks.Add(task); break;
            case EngineOutput.ControlTask(var control): Controls.Add(control); break;
            case EngineOutput.ArmTimer(var key, var due): Timers[key] = due; break;
            case EngineOutput.ClearTimer(var key): Timers.Remove(key); break;
            case EngineOutput.SendCommand(var command): Sent.Enqueue(command); break;
            default: throw new InvalidOperationException(output.GetType().Name);
        }
    }

    public static ExecutionState? Fold(IEnumerable<ExecutionEvent> facts)
    {
        ExecutionState? state = null;
        foreach (var fact in facts) state = Engine.Evolve(state, fact);
        return state;
    }

    private void CheckCodec(ExecutionState? before, ExecutionState after)
    {
        foreach (var (key, value) in StateCodec.Changes(before, after))
        {
            var name = Convert.ToHexString(key);
            if (value is null) Assert.True(_keys.Remove(name));
            else _keys[name] = value;
        }
        var stored = _keys.ToDictionary(entry => Convert.FromHexString(entry.Key), entry => entry.Value);
        var decoded = StateCodec.Decode(stored)!;
        Assert.Equal(StateCodec.StateHash(after), StateCodec.StateHash(decoded));
        Assert.Equal(after.Live, decoded.Live);
        Assert.Equal(_keys.Count, StateCodec.Changes(null, after).Count);
    }
}
