using System.Text.Json;
using KafkaFlow.Contracts;
using KafkaFlow.Serdes.Codecs;
using KafkaFlow.Serdes.Json;

namespace KafkaFlow.Serdes;

/// <summary>
/// Records as JSON text: commands for and from other languages, task-control, and all four for people and interfaces.
/// Needs no schema, no registry and no Kafka. Thread-safe.
/// </summary>
public static class JsonRecords
{
    private static readonly RecordShape<TaskControl> Control = new(
        [
            new("task_id", FieldKind.Text, Required: true),
            new("action", FieldKind.Text, Required: true),
            new("reason", FieldKind.Text),
            new("created_at", FieldKind.Time, Required: true),
        ],
        values => new TaskControl((string)values[0]!, (string)values[1]!, (string?)values[2], (Timestamp)values[3]!),
        control => [control.TaskId, control.Action, control.Reason, control.CreatedAt]);

    /// <exception cref="ArgumentException">A JSON-valued field holds no JSON; so for every Write.</exception>
    public static byte[] Write(Command record) => JsonRecordWriter.Write(CommandCodec.Form, record);

    public static byte[] Write(ExecutionEvent record) => JsonRecordWriter.Write(EventCodec.Form, record);

    public static byte[] Write(TaskRecord record) => JsonRecordWriter.Write(TaskCodec.Form, record);

    public static byte[] Write(PlaybookRecord record) => JsonRecordWriter.Write(PlaybookCodec.Form, record);

    public static void Write(Utf8JsonWriter writer, ExecutionEvent record) =>
        JsonRecordWriter.Write(writer, EventCodec.Form, record);

    public static byte[] Write(TaskControl record) => JsonRecordWriter.Write(Control, record);

    public static Decoded<Command> ReadCommand(ReadOnlySpan<byte> utf8) =>
        JsonRecordReader.Read(CommandCodec.Form, utf8);

    public static Decoded<TaskControl> ReadTaskControl(ReadOnlySpan<byte> utf8) =>
        JsonRecordReader.Read(Control, utf8);
}
