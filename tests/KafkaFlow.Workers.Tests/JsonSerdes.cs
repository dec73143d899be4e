using System.Text.Json;
using System.Text.Json.Serialization;
using KafkaFlow.Contracts;
using KafkaFlow.Serdes;

namespace KafkaFlow.Workers.Tests;

internal sealed class JsonSerdes : IRecordSerdes
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private static Decoded<T> Decode<T>(ReadOnlySpan<byte> bytes) where T : class
    {
        try
        {
            return new(JsonSerializer.Deserialize<T>(bytes, Options), null);
        }
        catch (JsonException e)
        {
            return new(null, new RecordError(DlqCodes.Undecodable, null, e.Message));
        }
    }

    public Decoded<Command> DecodeCommand(ReadOnlySpan<byte> bytes) => Decode<Command>(bytes);
    public Decoded<ExecutionEvent> DecodeEvent(ReadOnlySpan<byte> bytes) => Decode<ExecutionEvent>(bytes);
    public Decoded<TaskRecord> DecodeTask(ReadOnlySpan<byte> bytes) => Decode<TaskRecord>(bytes);
    public Decoded<PlaybookRecord> DecodePlaybook(ReadOnlySpan<byte> bytes) => Decode<PlaybookRecord>(bytes);
    public byte[] Encode(Command record) => JsonSerializer.SerializeToUtf8Bytes(record, Options);
    public byte[] Encode(ExecutionEvent record) => JsonSerializer.SerializeToUtf8Bytes(record, Options);
    public byte[] Encode(TaskRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, Options);
    public byte[] Encode(PlaybookRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, Options);
}
