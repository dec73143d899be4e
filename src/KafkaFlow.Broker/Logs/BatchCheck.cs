using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>Whether a client's batch may be written; says what is wrong and, where single records are, which.</summary>
/// <param name="IsRequestWrong">The request is at fault, not what it wants to append.</param>
internal readonly record struct BatchVerdict(
    ErrorCode Error, string? Message, List<(int Index, string Message)>? Records, bool IsRequestWrong = false)
{
    public static readonly BatchVerdict Fine;

    public static BatchVerdict Bad(ErrorCode error, string message) => new(error, message, null);

    public static BatchVerdict BadRequest(ErrorCode error, string message) => new(error, message, null, true);
}

/// <summary>Checks the bytes a producer has sent: exactly one batch of format 2, whole, with its checksum.</summary>
internal static class BatchCheck
{
    private const int MaxRecordErrors = 1_000;
    private const string Rejected = "One or more records have been rejected";

    public static BatchVerdict Check(Span<byte> bytes, LogConfig config, long nowMs)
    {
        if (bytes.Length < RecordBatch.HeaderLength)
            return BatchVerdict.BadRequest(
                ErrorCode.CorruptMessage, $"expected one record batch, found {bytes.Length} bytes");
        var batch = new RecordBatch(bytes);
        if (batch.MagicValue != RecordBatch.Magic)
            return BatchVerdict.BadRequest(
                ErrorCode.InvalidRecord, $"expected batch format 2, found {batch.MagicValue}");
        if (batch.TotalLength < RecordBatch.HeaderLength || batch.TotalLength > bytes.Length)
            return BatchVerdict.BadRequest(
                ErrorCode.CorruptMessage, $"batch length {batch.TotalLength} of {bytes.Length} bytes");
        if (batch.TotalLength < bytes.Length)
            return BatchVerdict.BadRequest(
                ErrorCode.InvalidRecord, "expected exactly one batch for a partition, found more");
        if (bytes.Length > config.MaxMessageBytes)
        {
            return BatchVerdict.BadRequest(
                ErrorCode.MessageTooLarge, $"expected at most {config.MaxMessageBytes} bytes, found {bytes.Length}");
        }
        if (!batch.ChecksumHolds) return BatchVerdict.BadRequest(
            ErrorCode.CorruptMessage, "the batch's checksum does not hold");
        return CheckFields(batch) is { Error: not ErrorCode.None } bad ? bad : CheckRecords(batch, config, nowMs);
    }

    private static BatchVerdict CheckFields(RecordBatch batch)
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
        return batch.IsTransactional && batch.ProducerId < 0
            ? BatchVerdict.Bad(ErrorCode.InvalidRecord, "a transactional batch without producer")
            : BatchVerdict.Fine;
    }

    /// <summary>Walks the records where that is cheap or needed. Of compressed ones that need no key, and of those that
    /// cannot be read, only the header's times are judged.</summary>
    private static BatchVerdict CheckRecords(RecordBatch batch, LogConfig config, long nowMs)
    {
        byte[]? decompressed = null;
        if (batch.CompressionValue != 0 &&
            (!config.Compacts || !RecordCodecs.TryDecompress(batch, out decompressed)))
        {
            return ProblemOfTime(batch.MaxTimestamp, config, nowMs) is { } late
                ? BatchVerdict.Bad(ErrorCode.InvalidTimestamp, late)
                : BatchVerdict.Fine;
        }
        List<(int, string)>? keyless = null, untimely = null;
        var reader = new RecordReader(decompressed ?? batch.Records);
        var count = 0;
        for (; reader.Next(); count++)
        {
            if (reader.Current.OffsetDelta != count)
                return BatchVerdict.Bad(ErrorCode.InvalidRecord,
                    $"record {count} has offset {reader.Current.OffsetDelta}");
            if (config.Compacts && !reader.Current.HasKey)
                Add(ref keyless, count, "Compacted topic cannot accept message without key");
            if (ProblemOfTime(batch.BaseTimestamp + reader.Current.TimestampDelta, config, nowMs) is { } problem)
                Add(ref untimely, count, problem);
        }
        if (reader.IsMalformed || count != batch.Count)
            return BatchVerdict.Bad(ErrorCode.InvalidRecord, $"record {count} of {batch.Count} cannot be read");
        if (keyless is not null) return new(ErrorCode.InvalidRecord, Rejected, keyless);
        return untimely is null ? BatchVerdict.Fine : new(ErrorCode.InvalidTimestamp, Rejected, untimely);
    }

    private static void Add(ref List<(int, string)>? problems, int index, string problem)
    {
        if ((problems ??= []).Count < MaxRecordErrors) problems.Add((index, problem));
    }

    private static string? ProblemOfTime(long timestamp, LogConfig config, long nowMs)
    {
        if (config.AppendTime || timestamp < 0) return null;
        if (timestamp > nowMs && timestamp - nowMs > config.AfterMaxMs)
            return $"timestamp {timestamp} is more than {config.AfterMaxMs} ms after the broker's clock {nowMs}";
        return timestamp < nowMs && nowMs - timestamp > config.BeforeMaxMs
            ? $"timestamp {timestamp} is more than {config.BeforeMaxMs} ms before the broker's clock {nowMs}"
            : null;
    }
}
