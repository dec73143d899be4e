using System.Diagnostics;
using Confluent.Kafka;
using KafkaFlow.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Streams;

/// <summary>An idempotent producer that waits, within a limit, while its queue is full. Thread-safe.</summary>
internal sealed class RecordProducer : IDisposable
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly WarmTopics _topics;
    private readonly TimeSpan _maxStall;
    private readonly ManualResetEvent _pause = new(false); // never set: the queue is looked at again after it

    public RecordProducer(ProducerConfig config, TimeSpan maxStall, ILogger logger)
    {
        config.DeliveryReportFields = "none";
        _producer = KafkaClients.Producer(config, logger);
        _topics = new WarmTopics(_producer.Handle);
        _maxStall = maxStall;
    }

    public Handle Handle => _producer.Handle;

    /// <exception cref="StreamsException">Kafka refuses the record, or its queue stayed full for too long.</exception>
    public void Produce(
        TopicPartition to, byte[]? key, byte[]? value, Headers? headers,
        Action<DeliveryReport<byte[]?, byte[]?>> onDelivery)
    {
        _topics.Warm(to.Topic);
        var message = new Message<byte[]?, byte[]?> { Key = key, Value = value, Headers = headers };
        for (var started = 0L; ;)
        {
            try
            {
                _producer.Produce(to, message, onDelivery);
                return;
            }
            catch (ProduceException<byte[]?, byte[]?> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                if (started == 0) started = Stopwatch.GetTimestamp();
                if (Stopwatch.GetElapsedTime(started) > _maxStall)
                    throw new StreamsException(
                        $"{to.Topic}-{to.Partition.Value}: the queue was full for {_maxStall}", e);
                _pause.WaitOne(1);
            }
            catch (KafkaException e)
            {
                throw new StreamsException(
                    $"{to.Topic}-{to.Partition.Value}: a record of {value?.Length ?? 0} bytes was refused: "
                    + e.Error.Reason, e);
            }
        }
    }

    public void Dispose()
    {
        BoundedClose.Run(_producer.Dispose, CloseTimeout);
        _pause.Dispose();
    }
}

/// <summary>Closing a native client can hang when its broker is gone; then it is left to the end of the
/// process.</summary>
internal static class BoundedClose
{
    public static bool Run(Action close, TimeSpan timeout)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                close();
            }
            catch (KafkaException e)
            {
                failure = e;
            }
        })
        { IsBackground = true, Name = "kf-close" };
        thread.Start();
        return thread.Join(timeout) && failure is null;
    }
}
