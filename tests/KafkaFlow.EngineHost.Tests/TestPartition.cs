using System.Security.Cryptography;
using System.Text;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using KafkaFlow.Streams;
using Microsoft.Extensions.Logging.Abstractions;
using EngineCore = KafkaFlow.Engine.Engine;

namespace KafkaFlow.EngineHost.Tests;

/// <summary>
/// One partition with its log, facts and outputs in memory, and the engine as its processor. Commands that the engine
/// sends to itself are appended to the log when <see cref="ProcessOwn"/> is called.
/// </summary>
internal sealed class TestPartition : IDisposable
{
    public const string Path = "test/work";
    private const string Source = $$"""
        apiVersion: noetl.io/v1
        kind: Playbook
        metadata: {name: work, path: {{Path}}}
        workload: {n: 0}
        workflow:
        - step: work
          tool: somebody
        """;

    public const string ParentPath = "test/parent";
    private const string ParentSource = $$$"""
        apiVersion: noetl.io/v1
        kind: Playbook
        metadata: {name: parent, path: {{{ParentPath}}}}
        workload: {child: {{{Path}}}, n: 0}
        workflow:
        - step: call
          tool: playbook
          path: "{{ workload.child }}"
          args: {n: "{{ workload.n }}"}
        """;

    private readonly PlaybookCatalog _catalog;
    private readonly EngineParts _parts;
    private readonly Queue<OutputRecord> _own = [];
    private long _epoch = 5;
    private EngineProcessor _processor;

    /// <param name="startDedup">How long a finished execution is remembered; null: as long as by default.</param>
    public TestPartition(TimeSpan? startDedup = null)
    {
        Topics = new TopicNames("t");
        Serdes = RecordSerdes.Local(Topics);
        _catalog = new PlaybookCatalog(
            new KafkaSettings { Bootstrap = "127.0.0.1:1" }, Topics, Serdes, _ => Task.CompletedTask, NullLogger.Instance);
        Hash = Register(Path, Source);
        ParentHash = Register(ParentPath, ParentSource);
        _parts = new EngineParts(Topics, Serdes, _catalog, new EngineSettings(), Asked.Add, NullLogger.Instance)
        {
            StartDedup = startDedup ?? EngineServiceOptions.DefaultStartDedup,
        };
        _processor = NewProcessor();
    }

    public TopicNames Topics { get; }
    public EngineParts Parts => _parts;
    public RecordSerdes Serdes { get; }
    public string Hash { get; }
    public string ParentHash { get; }
    public MemoryState State { get; private set; } = new();
    public List<InputRecord> Log { get; } = [];
    public List<(long Cause, IReadOnlyList<Fact> Facts)> Decisions { get; } = [];
    public List<OutputRecord> Outputs { get; } = [];
    public List<UnresolvedStart> Asked { get; } = [];
    public long Clock { get; set; } = 1_700_000_000_000;

    public IEnumerable<ExecutionEvent> Facts => Decisions.SelectMany(d => d.Facts).Select(f => Serdes.DecodeEvent(f.Value).Record!);

    public IEnumerable<OutputRecord> DeadLetters => Outputs.Where(o => o.Topic == Topics.Dlq);

    public IEnumerable<TaskRecord> Tasks =>
        Outputs.Where(o => o.Topic == Topics.Tasks("somebody")).Select(o => Serdes.DecodeTask(o.Value).Record!);

    public int OwnCommands => _own.Count;

    public string StartText(string id, int n = 0, bool pinned = true) =>
        $$$"""{"event_type":"execution_started","execution_id":"{{{id}}}","playbook_path":"{{{Path}}}"{{{(pinned ? $",\"playbook_version\":1,\"content_hash\":\"{Hash}\"" : "")}}},"payload":{"n":{{{n}}}}}""";

    public string ParentText(string id, int n = 0, string child = Path) =>
        $$$"""{"event_type":"execution_started","execution_id":"{{{id}}}","playbook_path":"{{{ParentPath}}}","playbook_version":1,"content_hash":"{{{ParentHash}}}","payload":{"n":{{{n}}},"child":"{{{child}}}"}}""";

    public static string SignalText(string id, string name, string? eventId = null) =>
        $$"""{"event_type":"signal_received","execution_id":"{{id}}","name":"{{name}}"{{(eventId is null ? "" : $",\"event_id\":\"{eventId}\"")}}}""";

    public static string AnswerText(TaskRecord task) =>
        $$"""{"event_type":"action_completed","execution_id":"{{task.ExecutionId}}","task_id":"{{task.TaskId}}","activation":"{{task.Activation}}","attempt":{{task.Attempt}},"task_hash":"{{task.TaskHash}}","worker_id":"w","result":1}""";

    public static string StartedText(TaskRecord task) =>
        $$"""{"event_type":"action_started","execution_id":"{{task.ExecutionId}}","task_id":"{{task.TaskId}}","activation":"{{task.Activation}}","attempt":{{task.Attempt}},"task_hash":"{{task.TaskHash}}","worker_id":"w"}""";

    /// <summary>Appends a record to the log and processes it.</summary>
    public InputRecord Send(byte[] value, params (string Name, string Value)[] headers)
    {
        var input = new InputRecord(
            Topics.Commands, 0, Log.Count, Clock, null, value,
            [.. headers.Select(h => new RecordHeader(h.Name, Encoding.UTF8.GetBytes(h.Value)))]);
        Log.Add(input);
        var effects = new Effects();
        _processor.Process(input, State, effects);
        if (effects.Facts.Count > 0) Decisions.Add((input.Offset, [.. effects.Facts]));
        Take(effects);
        return input;
    }

    public InputRecord Send(string json, params (string Name, string Value)[] headers) => Send(Encoding.UTF8.GetBytes(json), headers);

    /// <summary>Appends and processes what the engine has sent to itself.</summary>
    /// <returns>How many commands that were.</returns>
    public int ProcessOwn(int limit = 10_000)
    {
        var count = 0;
        for (; _own.TryDequeue(out var own); count++)
        {
            Assert.True(count < limit, $"the engine still talks to itself after {limit} commands");
            Send(own.Value!);
        }
        return count;
    }

    /// <summary>The resolver's word on a start it was asked about.</summary>
    public InputRecord Resolve(UnresolvedStart asked)
    {
        var hash = asked.Start.PlaybookPath switch { Path => Hash, ParentPath => ParentHash, _ => null };
        return Send(Serdes.Encode(asked.Start with
        {
            EventType = CommandTypes.StartResolved,
            OriginPartition = asked.Partition,
            OriginOffset = asked.Offset,
            StartHash = StartRequest.HashOf(asked.Start),
            PlaybookVersion = hash is null ? asked.Start.PlaybookVersion : "1",
            ContentHash = hash,
            NotFound = hash is null ? true : null,
        }));
    }

    /// <summary>Appends what the engine and its resolver have to say, until they are silent.</summary>
    public void Settle()
    {
        while (_own.Count > 0 || Asked.Count > 0)
        {
            ProcessOwn();
            var asked = Asked.ToList();
            Asked.Clear();
            foreach (var start in asked) Resolve(start);
        }
    }

    /// <summary>Fires the timers that are due by the test's clock.</summary>
    public int FireDue()
    {
        var due = State.Timers.Where(t => t.Value <= Clock).ToList();
        foreach (var (id, at) in due) Send(_processor.TimerDue(Encoding.UTF8.GetBytes(id), at).Value!);
        return due.Count;
    }

    /// <summary>What the engine has sent to itself is lost with its process.</summary>
    public void LoseOwn() => _own.Clear();

    /// <summary>Parks an execution that runs, as if one of its decisions had failed.</summary>
    public void Park(string id)
    {
        if (StateCodec.Decode(State.Scan(StateCodec.PrefixOf(id))) is not { Status: ExecutionStatus.Running } state) return;
        Adopt(EngineCore.Park(state, new DecisionInput
        {
            Command = new Command { EventType = CommandTypes.SignalReceived, ExecutionId = id },
            Partition = 0, Offset = Log.Count, AppendedAt = Timestamp.FromUnixMillis(Clock), Epoch = 5,
            Graph = null, Settings = new EngineSettings(),
        }, "a test").Facts);
    }

    /// <summary>Records facts as if an earlier owner had.</summary>
    public void Adopt(IReadOnlyList<ExecutionEvent> facts)
    {
        var records = facts.Select(f => new DecisionRecords(_parts, new Term(0, 1, _epoch)).Fact(f)).ToList();
        var cause = Encoding.UTF8.GetBytes(SignalText(facts[0].ExecutionId, "cause"));
        Log.Add(new InputRecord(Topics.Commands, 0, Log.Count, Clock, null, cause, []));
        Decisions.Add((facts[0].CauseOffset, records));
        var effects = new Effects();
        Assert.Equal(facts[0].CauseOffset, _processor.Adopt(records, State, effects));
        Take(effects);
    }

    /// <summary>A new owner begins at a checkpoint: adopts, replays, asks again.</summary>
    /// <returns>What it put out meanwhile.</returns>
    public IReadOnlyList<OutputRecord> TakeOver(MemoryState checkpoint, long position)
    {
        _epoch++;
        State = checkpoint.Copy();
        _processor = NewProcessor();
        var before = Outputs.Count;
        var effects = new Effects();
        foreach (var (_, facts) in Decisions.Where(d => d.Cause >= position))
        {
            _processor.Adopt(facts, State, effects);
            Take(effects);
        }
        foreach (var input in Log.Skip((int)position))
        {
            _processor.Replay(input, State, effects);
            Assert.Empty(effects.Facts);
            Take(effects);
        }
        Asked.Clear();
        _processor.Started(State, effects);
        Assert.Empty(effects.Facts);
        Take(effects);
        return Outputs[before..];
    }

    public void Dispose()
    {
        _catalog.Dispose();
        Serdes.Dispose();
    }

    public string Register(string path, string source)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)));
        _catalog.Add(Serdes.Encode(new PlaybookRecord
        {
            Path = path, Version = 1, ContentHash = hash, Kind = "Playbook", Source = source, CreatedAt = default,
        }), 0);
        return hash;
    }

    private EngineProcessor NewProcessor() => new(new Term(0, 1, _epoch), _parts);

    private void Take(Effects effects)
    {
        State.Apply(effects);
        Outputs.AddRange(effects.Outputs);
        foreach (var output in effects.Outputs.Where(o => o.Topic == Topics.Commands)) _own.Enqueue(output);
        effects.Clear();
    }
}
