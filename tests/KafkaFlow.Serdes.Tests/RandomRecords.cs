using System.Text;
using KafkaFlow.Contracts;

namespace KafkaFlow.Serdes.Tests;

/// <summary>Valid records of every kind with random content; the seed makes them again.</summary>
internal sealed class RandomRecords
{
    private static readonly string[] Pieces =
    [
        "a", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\u007f", "\u00e4", "\u2028", "\ufffd", "\U0001F600", "<&>", "{}",
    ];

    private readonly Random _random;

    public RandomRecords(int seed) => _random = new Random(seed);

    public Command Command()
    {
        var shape = CommandTypes.All.Values.ElementAt(_random.Next(CommandTypes.All.Count));
        return Command(shape, shape.Optional.Concat(CommandTypes.EnvelopeFields).Where(_ => Chance()).ToHashSet());
    }

    /// <summary>A valid command of the shape with the required and the given optional fields.</summary>
    public Command Command(CommandShape shape, IReadOnlySet<string> optional)
    {
        bool Has(string field) => shape.Required.Contains(field) || optional.Contains(field);
        var payload = shape.EventType == CommandTypes.SignalReceived ? Json() : JsonObject();
        return new Command
        {
            EventType = shape.EventType,
            ExecutionId = $"order-{_random.Next(1000)}:{_random.Next()}",
            EventId = Has("event_id") ? $"e{_random.Next()}" : null,
            Actor = Has("actor") ? Text() : null,
            Reason = Has("reason") ? Text() : null,
            CreatedAt = Has("created_at") ? Time() : null,
            PlaybookPath = Has("playbook_path") ? NonEmpty() : null,
            PlaybookVersion = Has("playbook_version") ? Chance() ? "latest" : $"{_random.Next(1, 100)}" : null,
            ContentHash = Has("content_hash") ? Text() : null,
            Payload = Has("payload") ? payload : null,
            Parent = Has("parent") ? JsonObject() : null,
            OriginPartition = Has("origin_partition") ? _random.Next() : null,
            OriginOffset = Has("origin_offset") ? _random.NextInt64() : null,
            NotFound = Has("not_found") ? Chance() : null,
            StartHash = Has("start_hash") ? Text() : null,
            TaskId = Has("task_id") ? NonEmpty() : null,
            Activation = Has("activation") ? NonEmpty() : null,
            Attempt = Has("attempt") ? _random.Next(1, int.MaxValue) : null,
            TaskHash = Has("task_hash") ? NonEmpty() : null,
            WorkerId = Has("worker_id") ? NonEmpty() : null,
            Result = Has("result") ? Json() : null,
            Details = Has("details") ? Json() : null,
            Error = Has("error") ? JsonObject() : null,
            DurationMs = Has("duration_ms") ? _random.NextInt64() : null,
            Name = Has("name") ? NonEmpty() : null,
            Decision = Has("decision") ? Chance() ? "approve" : "reject" : null,
            Form = Has("form") ? Json() : null,
            Force = Has("force") ? Chance() : null,
            Patch = Has("patch") ? Json() : null,
            ExpectedVersion = Has("expected_version") ? _random.Next() : null,
            Step = Has("step") ? NonEmpty() : null,
            Value = Has("value") ? Json(allowNull: true) : null,
            TimerId = Has("timer_id") ? NonEmpty() : null,
            DueAt = Has("due_at") ? Time() : null,
            Cursor = Has("cursor") ? NonEmpty() : null,
        };
    }

    public ExecutionEvent Event() => new()
    {
        ExecutionId = NonEmpty(),
        Seq = Long(),
        EventId = Text(),
        ParentEventId = Maybe(Text),
        EventType = Text(),
        Status = Text(),
        ParentExecutionId = Maybe(Text),
        PlaybookPath = Maybe(Text),
        ContentHash = Maybe(Text),
        NodeId = Maybe(Text),
        NodeName = Maybe(Text),
        NodeType = Maybe(Text),
        Activation = Maybe(Text),
        WorkerId = Maybe(Text),
        Traceparent = Maybe(Text),
        PlaybookVersion = Chance() ? Int() : null,
        Attempt = Chance() ? Int() : null,
        Context = Maybe(JsonValue),
        Result = Maybe(JsonValue),
        Meta = Maybe(JsonValue),
        Error = Maybe(JsonValue),
        DurationMs = Chance() ? Long() : null,
        CreatedAt = Time(),
        Epoch = Long(),
        Part = Int(),
        Parts = Int(),
        CausePartition = Int(),
        CauseOffset = Long(),
    };

    public TaskRecord Task() => new()
    {
        TaskId = Text(),
        ExecutionId = Text(),
        Activation = Text(),
        Attempt = Int(),
        Step = Text(),
        NodeType = Text(),
        PlaybookPath = Text(),
        PlaybookVersion = Int(),
        ContentHash = Text(),
        TaskHash = Text(),
        Input = Maybe(JsonValue),
        Auth = Maybe(JsonValue),
        TimeoutMs = Chance() ? Long() : null,
        HeartbeatMs = Chance() ? Long() : null,
        DeadlineAt = Chance() ? Time() : null,
        HeartbeatDetails = Maybe(JsonValue),
        ReplyTopic = Text(),
        ReplyPartition = Int(),
        ParentEventId = Maybe(Text),
        Traceparent = Maybe(Text),
        CreatedAt = Time(),
    };

    public PlaybookRecord Playbook() => new()
    {
        Path = Text(),
        Version = Int(),
        ContentHash = Text(),
        Kind = Text(),
        Source = Text(),
        CreatedAt = Time(),
        CreatedBy = Maybe(Text),
    };

    public bool Chance() => _random.Next(2) == 0;

    public int Below(int limit) => _random.Next(limit);

    public string Text()
    {
        var text = new StringBuilder();
        for (var i = _random.Next(12); i > 0; i--) text.Append(Pieces[_random.Next(Pieces.Length)]);
        return text.ToString();
    }

    public string NonEmpty() => $"x{Text()}";

    public Timestamp Time() => new(_random.NextInt64(-1_000_000_000_000_000, 4_000_000_000_000_000));

    public int Int() => Chance() ? _random.Next(-3, 100) : (int)_random.NextInt64(int.MinValue, int.MaxValue);

    public long Long() => Chance() ? _random.Next(-3, 100) : _random.NextInt64(long.MinValue, long.MaxValue);

    /// <summary>JSON text; not the bare null unless allowed, which in a JSON record stands for no value.</summary>
    public string Json(bool allowNull = false) => allowNull && _random.Next(4) == 0 ? "null" : JsonValue();

    public string JsonObject() => $"{{ \"k\" : {JsonValue()} , \"K\":{_random.Next()}}}";

    public string JsonValue() => _random.Next(6) switch
    {
        0 => $"{_random.Next()}.50e{_random.Next(9)}",
        1 => "true",
        2 => System.Text.Json.JsonSerializer.Serialize(Text()),
        3 => $"[{JsonValue()}, {JsonValue()}]",
        4 => "{}",
        _ => JsonObject(),
    };

    private string? Maybe(Func<string> make) => Chance() ? make() : null;
}
