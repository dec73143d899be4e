using System.Buffers.Binary;

namespace KafkaFlow.Kafka;

/// <summary>
/// Kafka's hash of keys: <c>org.apache.kafka.common.utils.Utils.murmur2</c> and the partition Java's default
/// partitioner chooses for a key.
/// </summary>
public static class Murmur2
{
    private const uint Seed = 0x9747b28c;
    private const uint M = 0x5bd1e995;
    private const int R = 24;

    public static int Hash(ReadOnlySpan<byte> data)
    {
        unchecked
        {
            var h = Seed ^ (uint)data.Length;
            while (data.Length >= 4)
            {
                var k = BinaryPrimitives.ReadUInt32LittleEndian(data) * M;
                k ^= k >> R;
                h = (h * M) ^ (k * M);
                data = data[4..];
            }
            if (data.Length >= 3) h ^= (uint)data[2] << 16;
            if (data.Length >= 2) h ^= (uint)data[1] << 8;
            if (data.Length >= 1) h = (h ^ data[0]) * M;
            h = (h ^ (h >> 13)) * M;
            return (int)(h ^ (h >> 15));
        }
    }

    /// <param name="partitions">How many partitions the topic has; at least 1.</param>
    public static int Partition(ReadOnlySpan<byte> key, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        return (Hash(key) & 0x7fffffff) % partitions;
    }

    /// <summary>The partition of a text key, such as an execution id, as UTF-8.</summary>
    public static int Partition(string key, int partitions)
    {
        const int onStack = 512;
        var length = System.Text.Encoding.UTF8.GetByteCount(key);
        Span<byte> bytes = length <= onStack ? stackalloc byte[length] : new byte[length];
        System.Text.Encoding.UTF8.GetBytes(key, bytes);
        return Partition(bytes, partitions);
    }
}
