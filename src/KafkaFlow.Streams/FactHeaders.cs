using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace KafkaFlow.Streams;

/// <summary>Headers the runtime itself writes and reads. Values are UTF-8 text.</summary>
public static class FactHeaders
{
    /// <summary>Epoch of the term that wrote the fact, a decimal number.</summary>
    public const string Epoch = "epoch";

    /// <summary><c>n/m</c>: the fact is part n of the m facts of its decision; n counts from 1.</summary>
    public const string Part = "part";

    /// <summary>Marks a record that is no fact; its value names which.</summary>
    public const string Control = "control";

    /// <summary>Value of <see cref="Control"/> on the record that starts a term.</summary>
    public const string Owner = "owner";

    private static readonly byte[] OnlyPart = "1/1"u8.ToArray();
    private static readonly byte[] OwnerValue = Encoding.UTF8.GetBytes(Owner);

    public static RecordHeader EpochOf(long epoch) => new(Epoch, Text(epoch.ToString(CultureInfo.InvariantCulture)));

    public static RecordHeader PartOf(int part, int parts) =>
        new(Part, parts == 1 ? OnlyPart : Text($"{part}/{parts}"));

    public static RecordHeader ControlOwner() => new(Control, OwnerValue);

    /// <summary>Key of an owner record: its own per epoch, so that compaction keeps every one.</summary>
    public static byte[] OwnerKey(int partition, long epoch) => Text($"!owner/{partition}@{epoch}");

    internal static bool IsOwner(ReadOnlySpan<byte> value) => value.SequenceEqual(OwnerValue);

    internal static bool TryReadEpoch(ReadOnlySpan<byte> value, out long epoch) =>
        Utf8Parser.TryParse(value, out epoch, out var used) && used == value.Length && epoch > 0;

    internal static bool TryReadPart(ReadOnlySpan<byte> value, out int part, out int parts)
    {
        parts = 0;
        return Utf8Parser.TryParse(value, out part, out var used)
            && used < value.Length && value[used] == (byte)'/'
            && Utf8Parser.TryParse(value[(used + 1)..], out parts, out var rest)
            && used + 1 + rest == value.Length
            && part >= 1 && part <= parts;
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
