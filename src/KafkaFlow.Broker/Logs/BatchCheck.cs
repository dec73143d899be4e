using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>Whether a client's batch may be written; says what is wrong and, where single records are, which.</summary>
internal readonly record struct BatchVerdict(ErrorCode Error, string? Message, List<(int Index, string Message)>? Records)
{
    public static readonly BatchVerdict Fine;

    public static BatchVerdict Bad(ErrorCode error, string message) => new(error, message, null);
}

/// <summary>Checks the bytes a producer has sent: exactly one batch of format 2, whole, with its checksum.</summary>
internal static class BatchCheck
{
    private const short AppendTimeBit = 8;
    private const int MaxRecordErrors = 1_000;

    public static BatchVerdict Check(Span<byte> bytes, LogConfig config, long nowMs)
    {
        if (bytes.Length < RecordBatch.HeaderLength)
            return BatchVerdict.Bad(ErrorCode.CorruptMessage, $"expected one record batch, found {bytes.Length} bytes");
        var batch = new RecordBatch(bytes);
        if (batch.MagicValue != RecordBatch.Magic)
            return BatchVerdict.Bad(ErrorCode.InvalidRecord, $"expected batch format 2, found {batch.MagicValue}");
        if (batch.TotalLength < RecordBatch.HeaderLength || batch.TotalLength > bytes.Length)
            return BatchVerdict.Bad(ErrorCode.CorruptMessage, $"batch length {batch.TotalLength} of {bytes.Length} bytes");
        if (batch.TotalLength < bytes.Length)
            return BatchVerdict.Bad(ErrorCode.InvalidRecord, "expected exactly one batch for a partition, found more");
        if (bytes.Length > config.MaxMessageBytes)
        {
            return BatchVerdict.Bad(
                ErrorCode.MessageTooLarge, $"expected at most {config.MaxMessageBytes} bytes, found {bytes.Length}");
        }
        if (!batch.ChecksumHolds) return BatchVerdict.Bad(ErrorCode.CorruptMessage, "the batch's checksum does not hold");
        return CheckFields(batch, config, nowMs) is { Error: not ErrorCode.None } bad ? bad : CheckRecords(batch, config);
    }

    private static BatchVerdict CheckFields(RecordBatch batch, LogConfig config, long nowMs)
    {
        if (batch.IsControl) return BatchVerdict.Bad(ErrorCode.InvalidRecord, "a client may not write control records");
        if (batch.CompressionValue > (int)Compression.Zstd)
            return BatchVerdict.Bad(ErrorCode.UnsupportedCompressionType, $"compression {batch.CompressionValue}");
        if (batch.Count <= 0 || batch.Count != batch.LastOffsetDelta + 1)
        {
            return BatchVerdict.Bad(
                ErrorCode.InvalidRecord, $"{batch.Count} records and a last offset of {batch.LastOffsetDelta}");
        }
        if (batch.ProducerId >= 0 && (batch.BaseSequence < 0 || batch.ProducerEpoch < 0))
            return BatchVerdict.Bad(ErrorCode.InvalidRecord, "a producer's batch without sequence or epoch");
        if (batch.IsTransactional && batch.ProducerId < 0)
            return BatchVerdict.Bad(ErrorCode.InvalidRecord, "a transactional batch without producer");
        if ((batch.Attributes & AppendTimeBit) != 0)
            return BatchVerdict.Bad(ErrorCode.InvalidTimestamp, "a client may not set the time of appending");
        if (config.AppendTime || batch.MaxTimestamp < 0) return BatchVerdict.Fine;
        if (batch.MaxTimestamp > nowMs && batch.MaxTimestamp - nowMs > config.AfterMaxMs)
            return Late(batch.MaxTimestamp, "after", config.AfterMaxMs);
        return batch.MaxTimestamp < nowMs && nowMs - batch.MaxTimestamp > config.BeforeMaxMs
            ? Late(batch.MaxTimestamp, "before", config.BeforeMaxMs)
            : BatchVerdict.Fine;
    }

    private static BatchVerdict Late(long timestamp, string side, long limit) => BatchVerdict.Bad(
        ErrorCode.InvalidTimestamp, $"timestamp {timestamp} is more than {limit} ms {side} the broker's clock");

    /// <summary>Walks the records where they are readable: not those of a codec that is not, in which case only the header
    /// is checked.</summary>
    private static BatchVerdict CheckRecords(RecordBatch batch, LogConfig config)
    {
        ReadOnlySpan<byte> records = batch.Records;
        if (batch.CompressionValue != 0)
        {
            if (!config.Compacts) return BatchVerdict.Fine;
            if (!RecordCodecs.TryDecompress(batch, out var decompressed)) return BatchVerdict.Fine;
            records = decompressed;
        }
        List<(int, string)>? keyless = null;
        var reader = new RecordReader(records);
        var count = 0;
        for (; reader.Next(); count++)
        {
            if (reader.Current.OffsetDelta != count)
                return BatchVerdict.Bad(ErrorCode.InvalidRecord, $"record {count} has offset {reader.Current.OffsetDelta}");
            if (config.Compacts && !reader.Current.HasKey && (keyless ??= []).Count < MaxRecordErrors)
                keyless.Add((count, "Compacted topic cannot accept message without key"));
        }
        if (reader.IsMalformed || count != batch.Count)
            return BatchVerdict.Bad(ErrorCode.InvalidRecord, $"record {count} of {batch.Count} cannot be read");
        return keyless is null
            ? BatchVerdict.Fine
            : new(ErrorCode.InvalidRecord, "One or more records have been rejected", keyless);
    }
}
