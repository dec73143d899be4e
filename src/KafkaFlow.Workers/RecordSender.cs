using System.Text;
using Confluent.Kafka;
using KafkaFlow.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Workers;

/// <summary>A record on its way out. Exactly one of the two ends is called, on the producer's thread.</summary>
internal sealed record OutgoingRecord(
    TopicPartition Target, Message<byte[]?, byte[]?> Message, Action Acknowledged, Action<Error> Refused);

/// <summary>
/// Sends answers and dead letters: idempotent, acks of all replicas, no linger. What fails for a passing reason is sent
/// again until it arrives; what the cluster will never take is refused. After a fatal error of the client another one
/// takes over. Thread-safe; owns the producer.
/// </summary>
internal sealed class RecordSender : IDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FlushSlice = TimeSpan.FromMilliseconds(200);
    private readonly KafkaSettings _settings;
    private readonly string _clientId;
    private readonly IReadOnlyList<string> _warmTopics;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private IProducer<byte[]?, byte[]?> _producer;
    private int _unacknowledged;
    private volatile bool _closed;

    /// <param name="warmTopics">Topics whose first record must not wait for metadata.</param>
    public RecordSender(
        KafkaSettings settings, string clientId, IReadOnlyList<string> warmTopics, ILogger logger)
    {
        _settings = settings;
        _warmTopics = warmTopics;
        _clientId = clientId;
        _logger = logger;
        _producer = Create();
    }

    /// <summary>Records not yet acknowledged nor refused.</summary>
    public int Unacknowledged => Volatile.Read(ref _unacknowledged);

    public void Send(OutgoingRecord record)
    {
        Interlocked.Increment(ref _unacknowledged);
        Produce(record);
    }

    /// <returns>false if something was still unacknowledged when the time was up.</returns>
    public bool Flush(TimeSpan limit)
    {
        var until = DateTime.UtcNow + limit;
        while (Unacknowledged > 0 && DateTime.UtcNow < until) _producer.Flush(FlushSlice);
        return Unacknowledged == 0;
    }

    public void Dispose()
    {
        _closed = true;
        _producer.Dispose();
    }

    public static Headers HeadersOf(params ReadOnlySpan<(string Name, string? Value)> headers)
    {
        var result = new Headers();
        foreach (var (name, value) in headers)
            if (value is not null) result.Add(name, Encoding.UTF8.GetBytes(value));
        return result;
    }

    private IProducer<byte[]?, byte[]?> Create()
    {
        var producer = KafkaClients.Producer(KafkaClients.ProducerConfig(_settings, _clientId), _logger);
        var warm = new WarmTopics(producer.Handle);
        foreach (var topic in _warmTopics) warm.Warm(topic);
        return producer;
    }

    private void Produce(OutgoingRecord record)
    {
        var producer = _producer;
        try
        {
            producer.Produce(record.Target, record.Message, report => Delivered(producer, record, report.Error));
        }
        catch (KafkaException e)
        {
            Delivered(producer, record, e.Error);
        }
        catch (ObjectDisposedException)
        {
            Delivered(producer, record, new Error(ErrorCode.Local_Destroy));
        }
    }

    private void Delivered(IProducer<byte[]?, byte[]?> producer, OutgoingRecord record, Error error)
    {
        if (!error.IsError)
        {
            Interlocked.Decrement(ref _unacknowledged);
            record.Acknowledged();
        }
        else if (IsFinal(error.Code))
        {
            Interlocked.Decrement(ref _unacknowledged);
            record.Refused(error);
        }
        else if (!_closed)
        {
            if (error.Code != ErrorCode.Local_QueueFull)
                Log.SendingAgain(_logger, record.Target.Topic, record.Target.Partition.Value, error.Reason);
            _ = SendAgainAsync(producer, record, error);
        }
    }

    private async Task SendAgainAsync(IProducer<byte[]?, byte[]?> failed, OutgoingRecord record, Error error)
    {
        // Always off the producer's own thread, which may not close its producer.
        await Task.Delay(RetryPause);
        if (error.IsFatal || error.Code is ErrorCode.Local_Fatal or ErrorCode.Local_Fenced) Replace(failed);
        if (!_closed) Produce(record);
    }

    private void Replace(IProducer<byte[]?, byte[]?> failed)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_producer, failed) || _closed) return;
            Log.ProducerReplaced(_logger, _clientId);
            _producer = Create();
        }
        failed.Dispose();
    }

    private static bool IsFinal(ErrorCode code) => code is ErrorCode.MsgSizeTooLarge
        or ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition
        or ErrorCode.TopicException or ErrorCode.InvalidRecord or ErrorCode.TopicAuthorizationFailed;
}
