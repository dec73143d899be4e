namespace KafkaFlow.Broker.Logs;

internal static class Cleaner
{
    public static void Clean(PartitionLog log, LogContext context, CancellationToken cancel)
    {
        _ = log; _ = context; _ = cancel;
    }
}
