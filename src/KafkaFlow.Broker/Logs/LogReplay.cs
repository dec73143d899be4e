using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>Reads a whole log from its start, batch by batch, as coordinators do when they load.</summary>
internal static class LogReplay
{
    private const int PieceLength = 4 * 1024 * 1024;

    public delegate void OnBatch(RecordBatch batch);

    public static void Read(PartitionLog log, OnBatch onBatch)
    {
        var (offset, _, end) = log.Bounds;
        while (offset < end)
        {
            var error = log.Read(offset, PieceLength, committedOnly: false, atLeastOne: true, out var read, out _);
            if (error != ErrorCode.None || read.Records.Length == 0) return;
            var bytes = new byte[read.Records.Length];
            read.Records.CopyTo(bytes);
            for (var at = 0; at < bytes.Length;)
            {
                var batch = new RecordBatch(bytes.AsSpan(at));
                onBatch(batch);
                offset = batch.LastOffset + 1;
                at += batch.TotalLength;
            }
        }
    }
}
