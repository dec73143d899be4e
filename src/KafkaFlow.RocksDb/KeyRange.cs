namespace KafkaFlow.RocksDb;

/// <summary>Bounds in byte order.</summary>
internal static class KeyRange
{
    /// <returns>The smallest key after all keys with this prefix; empty if there is none, as after FF FF.</returns>
    internal static byte[] EndOfPrefix(ReadOnlySpan<byte> prefix)
    {
        var length = prefix.Length;
        while (length > 0 && prefix[length - 1] == byte.MaxValue) length--;
        if (length == 0) return [];
        var end = prefix[..length].ToArray();
        end[^1]++;
        return end;
    }
}
