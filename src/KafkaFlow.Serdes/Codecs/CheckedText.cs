using System.Text;
using KafkaFlow.Avro;
using KafkaFlow.Contracts;
using KafkaFlow.Serdes.Json;

namespace KafkaFlow.Serdes.Codecs;

/// <summary>Fields of records that anybody may write: no U+0000, JSON that is JSON, times that print.</summary>
internal static class CheckedText
{
    private static readonly long MinMicros = Timestamp.FromDateTime(DateTime.MinValue.ToUniversalTime()).UnixMicros;
    private static readonly long MaxMicros = Timestamp.FromDateTime(DateTime.MaxValue.ToUniversalTime()).UnixMicros;

    public static string Required(ref AvroReader reader, ref Envelope envelope, string field)
    {
        if (!reader.TryReadUtf8(out var utf8)) return "";
        return Decode(utf8, ref envelope, field);
    }

    public static string? Nullable(ref AvroReader reader, ref Envelope envelope, string field)
    {
        if (!reader.TryReadPresent(out var present) || !present || !reader.TryReadUtf8(out var utf8)) return null;
        return Decode(utf8, ref envelope, field);
    }

    public static string? Json(ref AvroReader reader, ref Envelope envelope, string field)
    {
        if (!reader.TryReadPresent(out var present) || !present || !reader.TryReadUtf8(out var utf8)) return null;
        if (JsonText.Problem(utf8) is { } problem)
            envelope.Fail(DlqCodes.WrongType, field, $"field {field}: {problem}");
        return Encoding.UTF8.GetString(utf8);
    }

    public static Timestamp? Time(ref AvroReader reader, ref Envelope envelope, string field)
    {
        if (!reader.TryReadNullableLong(out var micros) || micros is not { } value) return null;
        if (value < MinMicros || value > MaxMicros)
        {
            envelope.Fail(
                DlqCodes.WrongType, field,
                $"field {field}: {value} microseconds since 1970 is no time between the years 1 and 9999");
        }
        return new Timestamp(value);
    }

    private static string Decode(ReadOnlySpan<byte> utf8, ref Envelope envelope, string field)
    {
        if (utf8.Contains((byte)0)) envelope.Fail(DlqCodes.WrongType, field, $"field {field}: {JsonText.NulProblem}");
        return Encoding.UTF8.GetString(utf8);
    }
}
