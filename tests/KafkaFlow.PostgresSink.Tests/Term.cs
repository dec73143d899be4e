using KafkaFlow.Contracts;

namespace KafkaFlow.PostgresSink.Tests;

/// <summary>One partition's owner: makes the facts of random decisions about its executions.</summary>
internal sealed class Term(int partition)
{
    private const int MaxRunning = 12;
    private static readonly string[] Steps = ["fetch", "shape", "store", "ask", "naïve_步"];
    private readonly Dictionary<string, Run> _runs = [];
    private Run? _drafted;
    private int _made;
    private long _clock = 1_700_000_000_000_000;

    public int Partition { get; } = partition;

    public long Epoch { get; set; }

    /// <summary>The facts of a decision; it counts once <see cref="Accept"/> is called.</summary>
    public List<ExecutionEvent> Next(Random random)
    {
        _clock += random.Next(1, 5_000_000);
        var facts = new List<ExecutionEvent>();
        var begins = _runs.Count == 0 || (_runs.Count < MaxRunning && random.Next(4) == 0);
        var run = begins
            ? new Run($"run-{Partition}-{_made}", 0, [], [], new(_clock), 0)
            : _runs.Values.ElementAt(random.Next(_runs.Count)) with { };
        run = run with { Live = [.. run.Live], Looping = [.. run.Looping] };
        if (begins) Add(EventTypes.ExecutionStarted, EventStatus.Started, null);
        if (!begins && random.Next(12) == 0) End();
        else Work();
        _drafted = run;
        return facts;

        void Work()
        {
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                var choice = random.Next(14);
                if (choice is >= 10 and < 12 && run.Live.Count > 0) Loop(run.Live[random.Next(run.Live.Count)]);
                else if (choice >= 12 && run.Live.Count > 0) Within(run.Live[random.Next(run.Live.Count)]);
                else if (choice < 4 || run.Live.Count == 0)
                {
                    var activation = $"{Steps[random.Next(Steps.Length)]}#{run.Visits + 1}";
                    run = run with { Visits = run.Visits + 1 };
                    run.Live.Add(activation);
                    var status = random.Next(2) == 0 ? EventStatus.Running : EventStatus.Waiting;
                    Add(EventTypes.StepStarted, status, activation);
                }
                else if (choice < 8) Settle(run.Live[random.Next(run.Live.Count)]);
                else
                {
                    (string Type, string Status)[] others =
                    [
                        (EventTypes.ExecutionPaused, EventStatus.Running),
                        (EventTypes.ExecutionResumed, EventStatus.Running),
                        (EventTypes.ExecutionParked, EventStatus.Running),
                        (EventTypes.SignalReceived, EventStatus.Running),
                        (EventTypes.ExecutionClosing, EventStatus.Running), (EventTypes.StaleResult, EventStatus.Stale),
                    ];
                    var (type, status) = others[random.Next(others.Length)];
                    Add(type, status, null);
                }
            }
        }

        // Items of a visit, items of items; an end of the outer is preceded by those of the inner.
        void Loop(string owner)
        {
            if (run.Looping.Add(owner)) Add(EventTypes.LoopStarted, EventStatus.Running, owner);
            var item = $"{owner}[{run.Items++}]";
            run.Live.Add(item);
            Add(EventTypes.LoopIteration, EventStatus.Running, item);
        }

        // What happens to an activation without beginning or ending it.
        void Within(string activation)
        {
            (string Type, string Status)[] others =
            [
                (EventTypes.ActionFailed, EventStatus.Failed), (EventTypes.ActionRetryScheduled, EventStatus.Running),
                (EventTypes.ApprovalDecided, EventStatus.Completed), (EventTypes.ChildEnded, EventStatus.Cancelled),
                (EventTypes.TimerArmed, EventStatus.Waiting), (EventTypes.ActionHeartbeat, EventStatus.Running),
                (EventTypes.ChildStarted, EventStatus.Waiting), (EventTypes.ChildStarted, EventStatus.Waiting),
            ];
            var (type, status) = others[random.Next(others.Length)];
            if (type != EventTypes.ChildStarted || !run.Looping.Contains(activation)) Add(type, status, activation);
        }

        void Settle(string activation)
        {
            foreach (var inner in run.Live.Where(a => a.StartsWith(activation + "[", StringComparison.Ordinal)).ToList())
                if (run.Live.Contains(inner)) Settle(inner);
            run.Looping.Remove(activation);
            if (activation.EndsWith(']'))
            {
                string[] over = [EventStatus.Completed, EventStatus.Failed, EventStatus.Cancelled];
                run.Live.Remove(activation);
                Add(EventTypes.LoopIteration, over[random.Next(over.Length)], activation);
                return;
            }
            (string Type, string Status)[] ends =
            [
                (EventTypes.StepCompleted, EventStatus.Completed), (EventTypes.StepFailed, EventStatus.Failed),
                (EventTypes.StepSkipped, EventStatus.Skipped), (EventTypes.StepCancelled, EventStatus.Cancelled),
            ];
            var (type, status) = ends[random.Next(ends.Length)];
            run.Live.Remove(activation);
            Add(type, status, activation);
        }

        void End()
        {
            while (run.Live.Count > 0) Settle(run.Live[0]);
            (string Type, string Status)[] ends =
            [
                (EventTypes.ExecutionCompleted, EventStatus.Completed),
                (EventTypes.ExecutionFailed, EventStatus.Failed),
                (EventTypes.ExecutionCancelled, EventStatus.Cancelled),
            ];
            var (type, status) = ends[random.Next(ends.Length)];
            Add(type, status, null);
            run = run with { Ended = true };
        }

        void Add(string type, string status, string? activation)
        {
            run = run with { Seq = run.Seq + 1 };
            facts.Add(FactOf(run, type, status, activation, random) with
            {
                CreatedAt = new(_clock), CauseOffset = _clock % 1000,
            });
        }
    }

    public void Accept()
    {
        if (_drafted is not { } run) return;
        if (run.Seq > 0 && !_runs.ContainsKey(run.Id)) _made++;
        if (run.Ended) _runs.Remove(run.Id);
        else _runs[run.Id] = run;
        _drafted = null;
    }

    public void Forget() => _drafted = null;

    private ExecutionEvent FactOf(Run run, string type, string status, string? activation, Random random) => new()
    {
        ExecutionId = run.Id, Seq = run.Seq, EventId = ExecutionEvent.IdOf(run.Id, run.Seq), EventType = type,
        Status = status, ParentEventId = run.Seq > 1 ? ExecutionEvent.IdOf(run.Id, run.Seq - 1) : null,
        ParentExecutionId = run.Id.EndsWith('3') ? "parent-1" : null,
        PlaybookPath = "tests/random", PlaybookVersion = 7, ContentHash = "abc123",
        NodeId = activation is null ? null : Activations.StepOf(activation), NodeName = Maybe("a \"name\"\tü"),
        NodeType = Maybe("python"), Activation = activation, WorkerId = Maybe("worker-1"),
        Traceparent = Maybe("00-1-2-01"),
        Attempt = random.Next(2) == 0 ? random.Next(1, 5) : null,
        Context = type == EventTypes.ExecutionStarted
            ? $$"""{"n":{{random.Next()}},"text":"{{new string('x', random.Next(3000))}}"}"""
            : Maybe("{}"),
        Result = Maybe($$"""[{{random.NextDouble()}}, "\ud83d\ude00 \\ \n"]"""), Meta = Maybe("""{"edges":[]}"""),
        Error = Maybe("""{"code":"boom","message":"it's \"bad\""}"""),
        DurationMs = random.Next(2) == 0 ? random.NextInt64(1L << 40) : null, CreatedAt = new(_clock),
        Epoch = 1, Part = 1, Parts = 1, CausePartition = Partition, CauseOffset = 0,
    };

    private string? Maybe(string text) => ((_clock / 7) + text.Length) % 3 == 0 ? null : text;

    private sealed record Run(
        string Id, long Seq, List<string> Live, HashSet<string> Looping, Timestamp StartedAt, int Visits)
    {
        public int Items { get; set; }

        public bool Ended { get; init; }
    }
}
