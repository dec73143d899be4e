using Confluent.Kafka;

namespace KafkaFlow.Streams;

/// <summary>
/// Records of one burst of input, handed to the producers together. A record handed over alone wakes the client's
/// thread and becomes a request of its own; under load that costs more than deciding. Nothing waits for more input: the
/// queue is flushed as soon as no record is at hand, so a single record goes out at once. Owner's thread only.
/// </summary>
internal sealed class SendQueue
{
    /// <summary>Bounds how long the first of a burst is held: the time of deciding this many.</summary>
    private const int MaxHeld = 128;
    private readonly List<Held> _held = new(MaxHeld);

    private readonly record struct Held(
        RecordProducer Producer, TopicPartition To, byte[]? Key, byte[]? Value, Headers? Headers,
        Action<DeliveryReport<byte[]?, byte[]?>> OnDelivery);

    public void Add(
        RecordProducer producer, TopicPartition to, byte[]? key, byte[]? value, Headers? headers,
        Action<DeliveryReport<byte[]?, byte[]?>> onDelivery)
    {
        _held.Add(new(producer, to, key, value, headers, onDelivery));
        if (_held.Count >= MaxHeld) Flush();
    }

    /// <exception cref="StreamsException">Kafka refuses a record: the run ends without a checkpoint of it.</exception>
    public void Flush()
    {
        for (var i = 0; i < _held.Count; i++)
        {
            var (producer, to, key, value, headers, onDelivery) = _held[i];
            producer.Produce(to, key, value, headers, onDelivery);
        }
        _held.Clear();
    }
}
