using KafkaFlow.Avro;
using KafkaFlow.Contracts;

namespace KafkaFlow.Serdes.Codecs;

/// <summary>Fields read as they stand. After a failure of the reader they yield nothing of meaning.</summary>
internal static class Plain
{
    public static string Text(ref AvroReader reader)
    {
        reader.TryReadString(out var value);
        return value;
    }

    public static string? NullableText(ref AvroReader reader)
    {
        reader.TryReadNullableString(out var value);
        return value;
    }

    public static int RequiredInt(ref AvroReader reader)
    {
        reader.TryReadInt(out var value);
        return value;
    }

    public static long RequiredLong(ref AvroReader reader)
    {
        reader.TryReadLong(out var value);
        return value;
    }

    public static Timestamp RequiredTime(ref AvroReader reader)
    {
        reader.TryReadLong(out var value);
        return new Timestamp(value);
    }

    public static int? Int(ref AvroReader reader)
    {
        reader.TryReadNullableInt(out var value);
        return value;
    }

    public static long? Long(ref AvroReader reader)
    {
        reader.TryReadNullableLong(out var value);
        return value;
    }

    public static bool? Boolean(ref AvroReader reader)
    {
        reader.TryReadNullableBoolean(out var value);
        return value;
    }

    public static Timestamp? Time(ref AvroReader reader)
    {
        reader.TryReadNullableLong(out var value);
        return value is { } micros ? new Timestamp(micros) : null;
    }
}
