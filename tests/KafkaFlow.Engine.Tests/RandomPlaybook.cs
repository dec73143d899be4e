using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Tests;

/// <summary>A random acyclic playbook, and a run of it under random answers, repeats, losses and timers.</summary>
internal sealed class RandomPlaybook
{
    private const int MaxCommands = 3_000;
    private readonly Random _random;
    private readonly List<Command> _past = [];

    public RandomPlaybook(int seed)
    {
        _random = new(seed);
        Graph = Build();
        Run = new(Graph, new()
        {
            MaxLost = 1,
            MaxFactsPerDecision = _random.Next(3) == 0 ? _random.Next(2, 8) : 256,
        });
    }

    public PlaybookGraph Graph { get; }
    public TestRun Run { get; }

    public TestRun Play()
    {
        Run.Started();
        for (var i = 0; !Run.State!.IsFinished; i++)
        {
            Assert.True(i < MaxCommands, "the run does not end");
            Run.Clock = Run.Clock.PlusMillis(_random.Next(-5, 2_000));
            Next();
        }
        return Run;
    }

    private PlaybookGraph Build()
    {
        var count = _random.Next(2, 14);
        var playbook = new Playbook("""{"k":1}""")
        {
            OnFailure = _random.Next(2) == 0 ? OnFailure.FailFast : OnFailure.Drain,
        };
        for (var i = 0; i < count; i++)
        {
            if (_random.Next(4) == 0) playbook.Step($"s{i}");
            else
            {
                JoinRule join = _random.Next(4) switch { 0 => JoinRule.Any, 1 => JoinRule.NOf(2), _ => JoinRule.All };
                var mode = _random.Next(3) == 0 ? NextMode.First : NextMode.All;
                StepTimeouts? timeouts = _random.Next(3) == 0 ? new() { QueueMs = 20_000, AttemptMs = 40_000 } : null;
                playbook.Task($"s{i}", """{"x":"{{ workload.k }}"}""", join, mode, timeouts);
            }
        }
        for (var to = 1; to < count; to++)
            foreach (var from in Enumerable.Range(0, to).OrderBy(_ => _random.Next()).Take(_random.Next(1, 4)).Order())
                Connect(playbook, from, to);
        return playbook.Build();
    }

    private void Connect(Playbook playbook, int from, int to)
    {
        var when = $"{{{{ result.k > {_random.Next(10)} }}}}";
        var args = _random.Next(2) == 0 ? $$"""{"e{{from}}":"{{ "{{ result }}" }}"}""" : null;
        switch (_random.Next(8))
        {
            case 0: playbook.Edge($"s{from}", $"s{to}", otherwise: true); break;
            case 1: playbook.Edge($"s{from}", $"s{to}", onError: true); break;
            case 2 or 3: playbook.Edge($"s{from}", $"s{to}", when, args: args); break;
            default: playbook.Edge($"s{from}", $"s{to}", args: from % 3 == 0 ? null : args); break;
        }
    }

    private void Next()
    {
        if (Run.Sent.Count > 0 && _random.Next(2) == 0)
        {
            Run.When(Run.Sent.Dequeue());
            return;
        }
        switch (_random.Next(20))
        {
            case 0: Fire(); break;
            case 1 when _past.Count > 0: Run.When(_past[_random.Next(_past.Count)]); break;
            case 2 when Run.Tasks.Count > 0: Run.When(Remember(Any(CommandTypes.ActionCompleted) with { TaskHash = "other" })); break;
            case 3 when Run.Tasks.Count > 0: Run.When(Remember(Any(CommandTypes.ActionStarted))); break;
            case 4 when Run.Tasks.Count > 0: Run.When(Any(CommandTypes.ActionHeartbeat) with { Details = _random.Next(2) == 0 ? "[1]" : null }); break;
            case 5 when _random.Next(8) == 0:
                Run.When(new() { EventType = CommandTypes.CancelRequested, ExecutionId = TestRun.Id });
                break;
            case 6: Run.When(new() { EventType = CommandTypes.SignalReceived, ExecutionId = TestRun.Id, Name = "n" }); break;
            case 7: Run.When(TestRun.StartCommand()); break;
            case 8 when Run.Tasks.Count > 0:
                Run.When(Remember(Any(CommandTypes.ActionFailed) with { Error = """{"code":"random","message":"m"}""" }));
                break;
            default:
                if (Run.Tasks.Count > 0)
                    Run.When(Remember(Any(CommandTypes.ActionCompleted) with { Result = $$"""{"k":{{_random.Next(10)}}}""" }));
                break;
        }
    }

    private void Fire()
    {
        if (Run.Timers.Count == 0) return;
        var (key, due) = Run.Timers.ElementAt(_random.Next(Run.Timers.Count));
        if (_random.Next(4) > 0) Run.Clock = Timestamp.Max(Run.Clock, due);
        Run.When(TimerKeys.Fired(key, due.UnixMicros / 1000));
    }

    private Command Any(string type)
    {
        var task = Run.Tasks[_random.Next(Run.Tasks.Count)];
        return new()
        {
            EventType = type,
            ExecutionId = TestRun.Id,
            TaskId = task.TaskId,
            Activation = task.Activation,
            Attempt = task.Attempt,
            TaskHash = task.TaskHash,
            WorkerId = $"w{_random.Next(3)}",
        };
    }

    private Command Remember(Command command)
    {
        _past.Add(command);
        return command;
    }
}
