using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Streams;

/// <summary>
/// One partition under one assignment: one term. Owner's thread only; <see cref="Status"/> from any.
/// Starting -> (takeover) -> Adopting -> (own owner record read) -> Replaying -> (decided input repeated) -> Running;
/// every state -> Closed. Input that arrives before Replaying is dropped and fetched again from the right offset.
/// </summary>
internal sealed class StreamTask : IDisposable
{
    private const long SeekPauseMs = 10;
    private const long MaxSeekMs = 10_000;
    private readonly TaskPath _path;
    private readonly Assignment _assignment;
    private readonly Takeover _takeover;
    private readonly Effects _effects = new();
    private TaskRole _role = TaskRole.Starting;
    private TakenOver? _term;
    private IProcessor? _processor;
    private TaskState? _state;
    private TermOutput? _output;
    private Adoption? _adoption;
    private Checkpoints? _checkpoints;
    private TaskTimers? _timers;
    private long _position = -1;
    private long _next;
    private long _seekSince;
    private long _seekTried;
    private bool _needsSeek;

    /// <param name="fetchFrom">Where the consumer was told to begin.</param>
    public StreamTask(TaskPath path, int partition, Assignment assignment, long fetchFrom)
    {
        _path = path;
        Partition = partition;
        _assignment = assignment;
        FetchFrom = fetchFrom;
        _takeover = new(path.Takeover, partition, assignment);
    }

    public int Partition { get; }
    public long FetchFrom { get; }
    public TaskRole Role => _role;
    public long Position => _position;

    /// <summary>End of the input as last heard of; written by the owner for <see cref="Status"/>.</summary>
    public long InputEnd { get; set; } = -1;

    /// <summary>An end before which nothing but transaction markers was left, -1 if there is none.</summary>
    public long EmptyUpTo { get; set; } = -1;

    /// <summary>Set by the owner while records are held back by an open transaction.</summary>
    public string? InputWaitsFor { get; set; }

    /// <summary>When a timer is due, milliseconds since the Unix epoch.</summary>
    public long NextTimerMs => _role == TaskRole.Running ? _timers!.NextMs : long.MaxValue;

    public bool IsRestoring => _role is TaskRole.Starting or TaskRole.Adopting;

    public PartitionStatus Status => new(
        Partition, _role switch
        {
            TaskRole.Starting => "starting",
            TaskRole.Adopting => "restoring",
            TaskRole.Replaying => "replaying",
            TaskRole.Running => "running",
            _ => "closed",
        },
        _term?.Term.Epoch ?? 0, _position, Lag,
        _checkpoints?.AgeMs ?? -1, _adoption?.Percent ?? (IsRestoring ? 0 : 100),
        _role == TaskRole.Starting ? _takeover.WaitsFor : InputWaitsFor);

    private long Lag =>
        InputEnd < 0 || _position < 0 ? -1 : InputEnd == EmptyUpTo ? 0 : Math.Max(0, InputEnd - _position);

    /// <summary>Takes the next record the consumer has for this partition.</summary>
    public void Offer(ConsumeResult<byte[]?, byte[]?> record)
    {
        if (_role < TaskRole.Replaying || _needsSeek)
        {
            _needsSeek = true;
            return;
        }
        if (record.Offset.Value < _position) return;
        var input = ToInput(record);
        if (_role == TaskRole.Replaying && input.Offset >= _next) StartRunning();
        if (_role == TaskRole.Replaying) Replay(input);
        else Process(input);
    }

    /// <summary>Everything that is not a record: takeover, adoption, timers, checkpoints. Called often.</summary>
    public void Turn(long nowMs)
    {
        switch (_role)
        {
            case TaskRole.Starting when _takeover.Result is { } result:
                Begin(result);
                break;
            case TaskRole.Adopting:
                if (_adoption!.Slice(_takeover, _state!)) EndAdoption();
                break;
            case TaskRole.Replaying when _needsSeek:
                Seek();
                break;
            case TaskRole.Running:
                if (_needsSeek) Seek();
                _timers!.Fire(nowMs, _position);
                _checkpoints!.Turn(_position);
                break;
        }
    }

    /// <summary>Begins the last checkpoint of the term; no record is processed afterwards.</summary>
    /// <returns>null if there is nothing to wait for.</returns>
    public Checkpoints? BeginDrain() => _role == TaskRole.Running ? _checkpoints : null;

    public long DrainPosition => _position;

    public void Dispose()
    {
        if (_role == TaskRole.Closed) return;
        _role = TaskRole.Closed;
        _takeover.Dispose();
        if (_term is null) return;
        _term.Store.Release(flush: true);
        _output!.Dispose();
    }

    private void Begin(TakenOver term)
    {
        _term = term;
        _takeover.IsHandedOver = true;
        _state = new(term.Store, term.Timers);
        _output = new(_path.Topology, term.Term, term.Facts, _path.Output);
        _processor = _path.Processors.Create(term.Term);
        _adoption = new(_path, term, _processor, _output);
        _timers = new(_path, term, _processor, _output);
        _position = term.Input;
        _role = TaskRole.Adopting;
    }

    private void EndAdoption()
    {
        _next = Math.Max(_term!.Next, _adoption!.HighestCause + 1);
        _path.Metrics.AdoptedDecisions += _adoption.Decisions;
        _path.Metrics.VoidFacts += _adoption.VoidFacts;
        Log.Adopted(_path.Logger, Partition, _adoption.Decisions, _adoption.VoidFacts, _next);
        _checkpoints = new(_path, _assignment, _term, _state!, _output!);
        _role = TaskRole.Replaying;
        if (FetchFrom != _position) _needsSeek = true;
        if (_position >= _next) StartRunning();
        if (_needsSeek) Seek();
    }

    private void StartRunning()
    {
        _effects.Clear();
        _processor!.Started(_state!, _effects);
        RequireNoFacts("Started");
        _output!.SendOutputs(_effects.Outputs, afterFactsToo: true);
        _state!.Apply(_effects);
        _role = TaskRole.Running;
        Log.Running(_path.Logger, Partition, _position);
    }

    private void Replay(InputRecord input)
    {
        _effects.Clear();
        _processor!.Replay(input, _state!, _effects);
        RequireNoFacts("Replay");
        // What a committed checkpoint covers has been acknowledged by everyone.
        if (_term!.Committed is not { } committed || input.Offset >= committed.Input)
            _output!.SendOutputs(_effects.Outputs, afterFactsToo: true);
        _state!.Apply(_effects);
        if (_state.OpenChanges >= _path.Options.MaxOverlayChanges) _state.Spill();
        _position = input.Offset + 1;
        if (_position >= _next) StartRunning();
    }

    private void Process(InputRecord input)
    {
        _path.Limits.WaitForRoom(this, _checkpoints!, _state!);
        _effects.Clear();
        _processor!.Process(input, _state!, _effects);
        var facts = _effects.Facts;
        var outputs = _effects.Outputs;
        if (facts.Count > 0) _output!.SendFacts(facts, outputs);
        if (outputs.Count > 0) _output!.SendOutputs(outputs, afterFactsToo: facts.Count == 0);
        _state!.Apply(_effects);
        _position = input.Offset + 1;
        _checkpoints!.MarkDirty();
        _path.Metrics.Records++;
        _path.Metrics.Facts += facts.Count;
        _path.Metrics.Outputs += outputs.Count;
    }

    private void RequireNoFacts(string call)
    {
        if (_effects.Facts.Count > 0)
            throw new StreamsException($"partition {Partition}: {call} added {_effects.Facts.Count} facts; only Process may");
    }

    /// <summary>Numeric offset, no pause: librdkafka 2.0 loses records otherwise.</summary>
    private void Seek()
    {
        var now = Environment.TickCount64;
        if (_seekSince == 0) _seekSince = now;
        if (now - _seekTried < SeekPauseMs) return;
        _seekTried = now;
        try
        {
            _path.Consumer.Seek(new(_path.Topology.Source.Topic, Partition, _position));
            _needsSeek = false;
        }
        catch (KafkaException e) when (now - _seekSince < MaxSeekMs)
        {
            Log.SeekRetries(_path.Logger, Partition, _position, e.Message); // not fetching yet
        }
    }

    private InputRecord ToInput(ConsumeResult<byte[]?, byte[]?> record) => new(
        _path.Topology.Source.Topic, Partition, record.Offset.Value, record.Message.Timestamp.UnixTimestampMs,
        record.Message.Key, record.Message.Value, ToHeaders(record.Message.Headers));

    internal static IReadOnlyList<RecordHeader> ToHeaders(Headers? from)
    {
        if (from is null || from.Count == 0) return [];
        var headers = new RecordHeader[from.Count];
        for (var i = 0; i < headers.Length; i++) headers[i] = new(from[i].Key, from[i].GetValueBytes());
        return headers;
    }
}

/// <summary>States of a <see cref="StreamTask"/>, in order.</summary>
internal enum TaskRole
{
    Starting,
    Adopting,
    Replaying,
    Running,
    Closed,
}

/// <summary>What the tasks of an instance use together.</summary>
internal sealed record TaskPath(
    StreamsOptions Options, Topology Topology, IProcessorFactory Processors, IConsumer<byte[]?, byte[]?> Consumer,
    TakeoverPath Takeover, OutputPath Output, Limits Limits, StreamsMetrics Metrics, ILogger Logger);
