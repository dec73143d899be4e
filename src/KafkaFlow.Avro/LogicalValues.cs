using System.Numerics;

namespace KafkaFlow.Avro;

/// <summary>
/// From the underlying data of logical types to .NET's types and back. Each returns false where the other side cannot
/// hold the value; fractions finer than the target's unit are cut off towards the past.
/// </summary>
public static class LogicalValues
{
    private const int UuidBytes = 16;
    private static readonly DateOnly Epoch = new(1970, 1, 1);

    /// <summary>The decimal's digits as a whole number, to be divided by ten to the scale.</summary>
    public static BigInteger ToUnscaled(AvroValue value) =>
        new(value.AsBytes().Span, isUnsigned: false, isBigEndian: true);

    /// <param name="schema">Bytes or fixed of logical type decimal.</param>
    public static bool TryOfUnscaled(BigInteger unscaled, AvroSchema schema, out AvroValue value)
    {
        value = default;
        if (schema.Logical is not { Kind: LogicalKind.Decimal } type
            || BigInteger.Abs(unscaled) >= BigInteger.Pow(10, type.Precision))
        {
            return false;
        }

        byte[] digits = unscaled.ToByteArray(isUnsigned: false, isBigEndian: true);
        if (schema is not FixedSchema @fixed)
        {
            value = AvroValue.Of(digits);
            return true;
        }

        var padded = new byte[@fixed.Size];
        padded.AsSpan().Fill(unscaled.Sign < 0 ? (byte)0xff : (byte)0);
        digits.CopyTo(padded.AsSpan(padded.Length - digits.Length));
        value = AvroValue.Of(@fixed, padded);
        return true;
    }

    /// <param name="type">Decimal; .NET's type holds 28 digits.</param>
    public static bool TryToDecimal(AvroValue value, LogicalType type, out decimal number)
    {
        BigInteger unscaled = ToUnscaled(value);
        number = 0;
        BigInteger magnitude = BigInteger.Abs(unscaled);
        if (type.Scale > 28 || magnitude.GetBitLength() > 96)
            return false;
        int low = (int)(uint)(magnitude & uint.MaxValue);
        int middle = (int)(uint)((magnitude >> 32) & uint.MaxValue);
        int high = (int)(uint)(magnitude >> 64);
        number = new decimal(low, middle, high, unscaled.Sign < 0, (byte)type.Scale);
        return true;
    }

    public static bool TryToGuid(AvroValue value, out Guid guid)
    {
        if (value.Type == AvroType.String)
            return Guid.TryParseExact(value.AsString(), "D", out guid);
        ReadOnlySpan<byte> bytes = value.AsBytes().Span;
        guid = bytes.Length == UuidBytes ? new Guid(bytes, bigEndian: true) : default;
        return bytes.Length == UuidBytes;
    }

    /// <param name="schema">String, or fixed of 16 bytes.</param>
    public static AvroValue OfGuid(Guid guid, AvroSchema schema) => schema is FixedSchema @fixed
        ? AvroValue.Of(@fixed, guid.ToByteArray(bigEndian: true))
        : AvroValue.Of(guid.ToString("D"));

    public static bool TryToDate(AvroValue value, out DateOnly date)
    {
        long day = (long)Epoch.DayNumber + value.AsInt();
        bool fits = day >= DateOnly.MinValue.DayNumber && day <= DateOnly.MaxValue.DayNumber;
        date = fits ? DateOnly.FromDayNumber((int)day) : default;
        return fits;
    }

    public static AvroValue OfDate(DateOnly date) => AvroValue.Of(date.DayNumber - Epoch.DayNumber);

    /// <summary>Of time-millis (an int) or time-micros (a long).</summary>
    public static bool TryToTime(AvroValue value, out TimeOnly time)
    {
        bool millis = value.Type == AvroType.Int;
        long unit = millis ? TimeSpan.TicksPerMillisecond : TimeSpan.TicksPerMicrosecond;
        long count = millis ? value.AsInt() : value.AsLong();
        bool fits = count >= 0 && count < TimeSpan.TicksPerDay / unit;
        time = fits ? new TimeOnly(count * unit) : default;
        return fits;
    }

    /// <param name="kind">TimeMillis or TimeMicros.</param>
    public static AvroValue OfTime(TimeOnly time, LogicalKind kind) => kind == LogicalKind.TimeMillis
        ? AvroValue.Of((int)(time.Ticks / TimeSpan.TicksPerMillisecond))
        : AvroValue.Of(time.Ticks / TimeSpan.TicksPerMicrosecond);

    /// <param name="kind">One of the timestamps; a local one has no kind, the others are UTC.</param>
    public static bool TryToDateTime(AvroValue value, LogicalKind kind, out DateTime time)
    {
        Int128 ticks = DateTime.UnixEpoch.Ticks;
        ticks += PerTick(kind) is { } nanos
            ? Floor(value.AsLong(), nanos)
            : (Int128)value.AsLong() * TicksPer(kind);
        bool fits = ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks;
        bool local = kind is LogicalKind.LocalTimestampMillis
            or LogicalKind.LocalTimestampMicros
            or LogicalKind.LocalTimestampNanos;
        time = fits ? new DateTime((long)ticks, local ? DateTimeKind.Unspecified : DateTimeKind.Utc) : default;
        return fits;
    }

    /// <param name="time">In UTC for a timestamp; as the clock shows it for a local one.</param>
    /// <param name="kind">One of the timestamps.</param>
    public static bool TryOfDateTime(DateTime time, LogicalKind kind, out AvroValue value)
    {
        long ticks = time.Ticks - DateTime.UnixEpoch.Ticks;
        Int128 count = PerTick(kind) is { } nanos ? (Int128)ticks * nanos : Floor(ticks, TicksPer(kind));
        bool fits = count >= long.MinValue && count <= long.MaxValue;
        value = fits ? AvroValue.Of((long)count) : default;
        return fits;
    }

    private static long Floor(long value, long unit) => (value / unit) - (value % unit < 0 ? 1 : 0);

    private static long? PerTick(LogicalKind kind) =>
        kind is LogicalKind.TimestampNanos or LogicalKind.LocalTimestampNanos ? TimeSpan.NanosecondsPerTick : null;

    private static long TicksPer(LogicalKind kind) => kind switch
    {
        LogicalKind.TimestampMillis or LogicalKind.LocalTimestampMillis => TimeSpan.TicksPerMillisecond,
        LogicalKind.TimestampMicros or LogicalKind.LocalTimestampMicros => TimeSpan.TicksPerMicrosecond,
        _ => throw new ArgumentException($"{kind} is no timestamp", nameof(kind)),
    };
}
