using KafkaFlow.Contracts;
using KafkaFlow.Serdes;

namespace KafkaFlow.PostgresSink.Tests;

/// <summary>Reads events, but says for the first calls that the registry is down.</summary>
internal sealed class SerdesWithOutage(int failures) : IRecordSerdes
{
    public const string Reason = "the registry at 127.0.0.1:1 does not answer";
    private readonly RecordSerdes _inner = RecordSerdes.Local();
    private int _left = failures;

    public Decoded<ExecutionEvent> DecodeEvent(ReadOnlySpan<byte> bytes) =>
        _left-- > 0 ? throw new SchemaUnavailableException(Reason) : _inner.DecodeEvent(bytes);

    public Decoded<Command> DecodeCommand(ReadOnlySpan<byte> bytes) => _inner.DecodeCommand(bytes);

    public Decoded<TaskRecord> DecodeTask(ReadOnlySpan<byte> bytes) => _inner.DecodeTask(bytes);

    public Decoded<PlaybookRecord> DecodePlaybook(ReadOnlySpan<byte> bytes) => _inner.DecodePlaybook(bytes);

    public byte[] Encode(Command record) => _inner.Encode(record);

    public byte[] Encode(ExecutionEvent record) => _inner.Encode(record);

    public byte[] Encode(TaskRecord record) => _inner.Encode(record);

    public byte[] Encode(PlaybookRecord record) => _inner.Encode(record);
}
