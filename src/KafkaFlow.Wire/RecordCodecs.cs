using System.IO.Compression;

namespace KafkaFlow.Wire;

/// <summary>
/// Uncompresses the records of batches, where that is needed: batches are stored as they came, so only compaction, the
/// search by time and the check for keys look inside. Zstandard is not read.
/// </summary>
public static class RecordCodecs
{
    /// <summary>Most bytes that one batch may expand to; a larger one is treated as unreadable.</summary>
    public const int MaxUncompressed = 128 * 1024 * 1024;

    /// <summary>The records of a batch, uncompressed.</summary>
    /// <returns>False if they are unreadable or of an unknown codec.</returns>
    public static bool TryRecords(RecordBatch batch, out ReadOnlySpan<byte> records)
    {
        if (batch.CompressionValue == 0)
        {
            records = batch.Records;
            return true;
        }
        var can = TryDecompress(batch, out var bytes);
        records = bytes;
        return can;
    }

    /// <returns>False if the records are unreadable or of an unknown codec.</returns>
    public static bool TryDecompress(RecordBatch batch, out byte[] records)
    {
        records = [];
        return (Compression)batch.CompressionValue switch
        {
            Compression.Gzip => TryGzip(batch.Records, out records),
            Compression.Snappy => Snappy.TryDecompress(batch.Records, out records),
            Compression.Lz4 => Lz4Frame.TryDecompress(batch.Records, out records),
            _ => false,
        };
    }

    private static bool TryGzip(ReadOnlySpan<byte> compressed, out byte[] records)
    {
        records = [];
        using var source = new MemoryStream(compressed.ToArray(), writable: false);
        using var gzip = new GZipStream(source, CompressionMode.Decompress);
        using var target = new MemoryStream();
        var piece = new byte[16 * 1024];
        try
        {
            for (int read; (read = gzip.Read(piece)) > 0;)
            {
                if (target.Length + read > MaxUncompressed) return false;
                target.Write(piece, 0, read);
            }
        }
        catch (InvalidDataException)
        {
            return false;
        }
        records = target.ToArray();
        return true;
    }
}
