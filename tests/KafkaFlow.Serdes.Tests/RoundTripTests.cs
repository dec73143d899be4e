using KafkaFlow.Avro;
using KafkaFlow.Contracts;
using KafkaFlow.Testing;

namespace KafkaFlow.Serdes.Tests;

[Trait("tier", "fast")]
public sealed class RoundTripTests(ITestOutputHelper output)
{
    private const int Rounds = 2_000;

    [Fact]
    public void Every_record_is_read_as_it_was_written_in_each_form()
    {
        var random = new RandomRecords(TestSeed.Next(output));
        using var serdes = RecordSerdes.Local();
        var types = new HashSet<string>();
        for (var i = 0; i < Rounds; i++)
        {
            var command = random.Command();
            types.Add(command.EventType);
            Same(command, serdes.DecodeCommand(serdes.Encode(command)));
            Same(command, serdes.DecodeCommand(JsonRecords.Write(command)));
            var fact = random.Event();
            Same(fact, serdes.DecodeEvent(serdes.Encode(fact)));
            Same(fact, serdes.DecodeEvent(JsonRecords.Write(fact)));
            var task = random.Task();
            Same(task, serdes.DecodeTask(serdes.Encode(task)));
            Same(task, serdes.DecodeTask(JsonRecords.Write(task)));
            var playbook = random.Playbook();
            Same(playbook, serdes.DecodePlaybook(serdes.Encode(playbook)));
            Same(playbook, serdes.DecodePlaybook(JsonRecords.Write(playbook)));
            var control = new TaskControl(random.NonEmpty(), TaskControl.TimedOut, random.Chance() ? random.Text() : null, random.Time());
            Same(control, JsonRecords.ReadTaskControl(JsonRecords.Write(control)));
        }
        Assert.Equal(CommandTypes.All.Keys.Order(), types.Order());
    }

    [Fact]
    public void Another_writers_schema_is_resolved_to_ours()
    {
        // Fields in another order, some left out, one that we do not have, an int where we have a long.
        const string older = """
            {"type": "record", "name": "Command", "namespace": "io.kafkaflow", "fields": [
              {"name": "execution_id", "type": "string"},
              {"name": "colour", "type": "string"},
              {"name": "event_type", "type": "string"},
              {"name": "payload", "type": ["null", "string"]},
              {"name": "playbook_path", "type": "string"},
              {"name": "created_at", "type": ["null", "int"]}]}
            """;
        var store = new LocalSchemas();
        using var serdes = new RecordSerdes(new TopicNames("t"), store);
        var bytes = Datum(AvroSchema.Parse(older), store, writer =>
        {
            writer.WriteString("order-1");
            writer.WriteString("green");
            writer.WriteString("execution_started");
            writer.WriteNullableString("""{"amount": 30}""");
            writer.WriteString("examples/order");
            writer.WriteNullableInt(5);
        });
        var expected = new Command
        {
            EventType = "execution_started",
            ExecutionId = "order-1",
            Payload = """{"amount": 30}""",
            PlaybookPath = "examples/order",
            CreatedAt = new Timestamp(5),
        };
        Same(expected, serdes.DecodeCommand(bytes));
        var cut = serdes.DecodeCommand(bytes.AsSpan(0, bytes.Length - 1));
        Assert.Equal(DlqCodes.Undecodable, cut.Error?.Code);
    }

    [Fact]
    public void A_schema_that_cannot_become_ours_is_named()
    {
        var store = new LocalSchemas();
        using var serdes = new RecordSerdes(new TopicNames("t"), store);
        var other = AvroSchema.Parse("""{"type": "record", "name": "Song", "fields": [{"name": "title", "type": "string"}]}""");
        var error = serdes.DecodeCommand(Datum(other, store, writer => writer.WriteString("x"))).Error!;
        Assert.Equal(DlqCodes.Undecodable, error.Code);
        Assert.Contains("written as Song, which cannot be read as io.kafkaflow.Command", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lone_surrogate_is_refused_when_writing_with_the_fields_name()
    {
        using var serdes = RecordSerdes.Local();
        var command = new Command { EventType = "cancel_requested", ExecutionId = "a", Reason = "x\ud800" };
        var refused = Assert.Throws<ArgumentException>(() => serdes.Encode(command));
        Assert.Contains("field reason contains a lone surrogate", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Coding_a_fact_allocates_little_beyond_its_own_content()
    {
        using var serdes = RecordSerdes.Local();
        var fact = new RandomRecords(7).Event() with { Result = $"\"{new string('r', 200)}\"" };
        var bytes = serdes.Encode(fact);
        serdes.DecodeEvent(bytes);

        const int rounds = 100;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < rounds; i++) serdes.Encode(fact);
        var encoding = (GC.GetAllocatedBytesForCurrentThread() - before) / rounds;
        Assert.InRange(encoding, bytes.Length, bytes.Length + 64);

        before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < rounds; i++) serdes.DecodeEvent(bytes);
        var decoding = (GC.GetAllocatedBytesForCurrentThread() - before) / rounds;
        const int recordAndStringHeaders = 400 + 28 * 40;
        Assert.InRange(decoding, bytes.Length, 2 * bytes.Length + recordAndStringHeaders);
    }

    private delegate void WriteFields(ref AvroWriter writer);

    private static byte[] Datum(AvroSchema schema, LocalSchemas store, Action<DatumWriter> write)
    {
        store.Publish(schema, "");
        var writer = new DatumWriter(schema.Fingerprint);
        write(writer);
        return writer.ToArray();
    }

    private static void Same<T>(T expected, Decoded<T> actual) where T : class
    {
        Assert.True(actual.Error is null, $"{actual.Error} for {expected}");
        Assert.Equal(expected, actual.Record);
    }

    private sealed class DatumWriter
    {
        private readonly System.Buffers.ArrayBufferWriter<byte> _buffer = new();

        public DatumWriter(ulong fingerprint) => With((ref AvroWriter w) => SingleObject.WriteHeader(ref w, fingerprint));

        public void WriteString(string value) => With((ref AvroWriter w) => w.WriteString(value));

        public void WriteNullableString(string? value) => With((ref AvroWriter w) => w.WriteNullableString(value));

        public void WriteNullableInt(int? value) => With((ref AvroWriter w) => w.WriteNullableInt(value));

        public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

        private void With(WriteFields write)
        {
            var writer = new AvroWriter(_buffer);
            write(ref writer);
            writer.Flush();
        }
    }
}
