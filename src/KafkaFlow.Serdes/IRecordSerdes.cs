using KafkaFlow.Contracts;

namespace KafkaFlow.Serdes;

/// <summary>Either a record or why there is none.</summary>
public readonly record struct Decoded<T>(T? Record, RecordError? Error) where T : class;

/// <summary>
/// Records to bytes and back. Reads Confluent framing (0x00), single-object encoding (0xC3 0x01) and JSON ('{');
/// writes Confluent framing where a registry is configured, else single-object encoding. Thread-safe. Reading a schema
/// not seen before may wait for the registry or the schemas topic; where that is down the call throws
/// <see cref="SchemaUnavailableException"/> and the record must be tried again, it is no poison.
/// </summary>
public interface IRecordSerdes
{
    Decoded<Command> DecodeCommand(ReadOnlySpan<byte> bytes);
    Decoded<ExecutionEvent> DecodeEvent(ReadOnlySpan<byte> bytes);
    Decoded<TaskRecord> DecodeTask(ReadOnlySpan<byte> bytes);
    Decoded<PlaybookRecord> DecodePlaybook(ReadOnlySpan<byte> bytes);
    byte[] Encode(Command record);
    byte[] Encode(ExecutionEvent record);
    byte[] Encode(TaskRecord record);
    byte[] Encode(PlaybookRecord record);
}

/// <summary>The registry or the schemas topic cannot be reached. Says which address, what was tried and what to
/// check.</summary>
public sealed class SchemaUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
