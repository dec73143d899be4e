using KafkaFlow.Avro;
using KafkaFlow.Contracts;
using KafkaFlow.Testing;

namespace KafkaFlow.Serdes.Tests;

/// <summary>
/// Bytes of the four records as each version wrote them, with that version's schemas: <c>Data/golden/VERSION</c>.
/// <c>KAFKAFLOW_WRITE_GOLDEN=1</c> writes the current version's anew, which is right before its release only.
/// </summary>
[Trait("tier", "fast")]
public sealed class GoldenBytesTests
{
    private const string Current = "0.1";

    private static readonly string Root = Path.Combine(
        TestEnvironment.RepositoryRoot, "tests", "KafkaFlow.Serdes.Tests", "Data", "golden");

    private static readonly Command Command = new()
    {
        EventType = "action_failed",
        ExecutionId = "order-17",
        EventId = "e-1",
        Actor = "w\u00f6rker",
        CreatedAt = new Timestamp(1_790_000_000_123_456),
        TaskId = "order-17/fetch#2[17]/3",
        Activation = "fetch#2[17]",
        Attempt = 3,
        TaskHash = "9f86d081",
        WorkerId = "host-1",
        Error = """{"code":"http_500","message":"boom \"\u00fc\"","retryable":true}""",
        DurationMs = 1234,
    };

    private static readonly ExecutionEvent Event = new()
    {
        ExecutionId = "order-17",
        Seq = 7,
        EventId = "order-17/7",
        ParentEventId = "order-17/6",
        EventType = "step_completed",
        Status = "COMPLETED",
        PlaybookPath = "examples/order",
        ContentHash = "abc",
        NodeId = "fetch",
        NodeName = "fetch",
        NodeType = "python",
        Activation = "fetch#1",
        WorkerId = "host-1",
        Traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        PlaybookVersion = 3,
        Attempt = 1,
        Context = "{}",
        Result = """{"rows":[1,2.50,"x"]}""",
        Meta = """{"edges":{"taken":["a"]}}""",
        DurationMs = 5,
        CreatedAt = new Timestamp(1_790_000_000_000_001),
        Epoch = 42,
        Part = 1,
        Parts = 2,
        CausePartition = 3,
        CauseOffset = 9_000_000_000,
    };

    private static readonly TaskRecord Task = new()
    {
        TaskId = "order-17/fetch#1/1",
        ExecutionId = "order-17",
        Activation = "fetch#1",
        Attempt = 1,
        Step = "fetch",
        NodeType = "python",
        PlaybookPath = "examples/order",
        PlaybookVersion = 3,
        ContentHash = "abc",
        TaskHash = "9f86d081",
        Input = """{"code":"return 1"}""",
        Auth = """{"pg":"pg_local"}""",
        TimeoutMs = 60_000,
        HeartbeatMs = 30_000,
        DeadlineAt = new Timestamp(1_790_000_060_000_000),
        HeartbeatDetails = "[1]",
        ReplyTopic = "kafkaflow.commands",
        ReplyPartition = 2,
        ParentEventId = "order-17/6",
        Traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        CreatedAt = new Timestamp(1_790_000_000_000_000),
    };

    private static readonly PlaybookRecord Playbook = new()
    {
        Path = "examples/order",
        Version = 3,
        ContentHash = "abc",
        Kind = "Playbook",
        Source = "apiVersion: noetl.io/v1\nkind: Playbook\n",
        CreatedAt = new Timestamp(1_790_000_000_000_000),
        CreatedBy = "ali",
    };

    [Fact]
    public void Records_are_written_as_the_golden_bytes_of_this_version()
    {
        using var serdes = RecordSerdes.Local();
        if (Environment.GetEnvironmentVariable("KAFKAFLOW_WRITE_GOLDEN") == "1") Write(serdes);
        var directory = Path.Combine(Root, Current);
        Assert.Equal(Bytes(directory, "Command.hex"), serdes.Encode(Command));
        Assert.Equal(Bytes(directory, "ExecutionEvent.hex"), serdes.Encode(Event));
        Assert.Equal(Bytes(directory, "Task.hex"), serdes.Encode(Task));
        Assert.Equal(Bytes(directory, "Playbook.hex"), serdes.Encode(Playbook));
    }

    [Fact]
    public void The_bytes_of_every_version_are_still_read()
    {
        var versions = Directory.GetDirectories(Root);
        Assert.NotEmpty(versions);
        foreach (var directory in versions)
        {
            var store = new LocalSchemas();
            foreach (var file in Directory.GetFiles(directory, "*.avsc"))
                store.Publish(AvroSchema.Parse(File.ReadAllText(file)), "");
            using var serdes = new RecordSerdes(new TopicNames("t"), store);
            Same(Command, serdes.DecodeCommand(Bytes(directory, "Command.hex")));
            Same(Event, serdes.DecodeEvent(Bytes(directory, "ExecutionEvent.hex")));
            Same(Task, serdes.DecodeTask(Bytes(directory, "Task.hex")));
            Same(Playbook, serdes.DecodePlaybook(Bytes(directory, "Playbook.hex")));
        }
    }

    private static void Same<T>(T expected, Decoded<T> read) where T : class
    {
        Assert.Null(read.Error);
        Assert.Equal(expected, read.Record);
    }

    private static byte[] Bytes(string directory, string file) =>
        Convert.FromHexString(File.ReadAllText(Path.Combine(directory, file)).Trim());

    private static void Write(RecordSerdes serdes)
    {
        var directory = Directory.CreateDirectory(Path.Combine(Root, Current)).FullName;
        (string Name, string Schema, byte[] Bytes)[] files =
        [
            ("Command", Schemas.Command, serdes.Encode(Command)),
            ("ExecutionEvent", Schemas.ExecutionEvent, serdes.Encode(Event)),
            ("Task", Schemas.Task, serdes.Encode(Task)),
            ("Playbook", Schemas.Playbook, serdes.Encode(Playbook)),
        ];
        foreach (var (name, schema, bytes) in files)
        {
            File.WriteAllText(Path.Combine(directory, $"{name}.avsc"), schema);
            File.WriteAllText(Path.Combine(directory, $"{name}.hex"), $"{Convert.ToHexStringLower(bytes)}\n");
        }
    }
}
