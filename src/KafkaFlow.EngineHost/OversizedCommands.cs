using System.Text;
using KafkaFlow.Contracts;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost;

/// <summary>
/// Commands too large to be carried on: what is forwarded, pinned or held gets larger on the way and must still fit
/// into a record of the commands topic.
/// </summary>
internal static class OversizedCommands
{
    public const int MaxRecordBytes = 1_000_000;

    /// <returns>null if the record can be carried on.</returns>
    public static RecordError? Problem(InputRecord input)
    {
        long bytes = (input.Value?.Length ?? 0) + (input.Key?.Length ?? 0);
        foreach (var (name, value) in input.Headers) bytes += name.Length + (value?.Length ?? 0);
        return bytes <= MaxRecordBytes
            ? null
            : new RecordError(DlqCodes.Oversized, null,
                $"the command has {bytes} bytes with key and headers; at most {MaxRecordBytes} are allowed");
    }

    /// <returns>Why a start cannot become facts, or null.</returns>
    public static string? PayloadProblem(Command start) =>
        start.Payload is { Length: > SizeLimits.FactBytes / 4 } payload
        && Encoding.UTF8.GetByteCount(payload) is var bytes and > SizeLimits.FactBytes
            ? $"the payload has {bytes} bytes; at most {SizeLimits.FactBytes} are allowed"
            : null;
}
