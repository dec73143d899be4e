using System.Text.Json;

namespace KafkaFlow.Streams;

/// <summary>
/// What a checkpoint covers, rule R6. Stored with the state in the store and, as the meta record, in the changelog.
/// </summary>
/// <param name="History">Drawn when the first term of the partition began; a store of another log never matches.</param>
/// <param name="Input">Offset of the first input record not yet processed.</param>
/// <param name="Facts">Where a reader of the facts goes on, with the epoch in force there.</param>
internal sealed record StorePosition(Guid History, long Input, FactCursor Facts)
{
    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
    {
        ["history"] = History.ToString("N"),
        ["input"] = Input,
        ["facts"] = Facts.Offset,
        ["epoch"] = Facts.Epoch,
    });

    /// <exception cref="StreamsException">These are not the bytes of a position.</exception>
    public static StorePosition Decode(ReadOnlyMemory<byte> bytes, string where)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes);
            var root = json.RootElement;
            return new(
                Guid.ParseExact(root.GetProperty("history").GetString()!, "N"), root.GetProperty("input").GetInt64(),
                new(root.GetProperty("facts").GetInt64(), root.GetProperty("epoch").GetInt64()));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new StreamsException($"{where}: expected a checkpoint position, found {bytes.Length} other bytes", e);
        }
    }
}
