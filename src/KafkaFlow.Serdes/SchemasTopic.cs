using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaFlow.Avro;
using KafkaFlow.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaFlow.Serdes;

/// <summary>
/// The compacted topic of writer schemas: key = fingerprint as 16 hex digits, value = the schema's JSON. It is read to
/// the end when a fingerprint is not known yet, so "not there" is certain. Thread-safe; owns a reader and, while it
/// publishes, a producer.
/// </summary>
public sealed class SchemasTopic : ISchemaStore, IDisposable
{
    private readonly ConcurrentDictionary<ulong, AvroSchema> _schemas = new();
    private readonly Lock _gate = new();
    private readonly KafkaSettings _settings;
    private readonly string _topic;
    private readonly TimeSpan _timeout;
    private readonly ILogger _logger;
    private TopicReader? _reader;

    /// <param name="timeout">How long a call may wait for Kafka; 10 s if not given.</param>
    public SchemasTopic(KafkaSettings settings, string topic, ILogger? logger = null, TimeSpan? timeout = null)
    {
        _settings = settings;
        _topic = topic;
        _logger = logger ?? NullLogger.Instance;
        _timeout = timeout ?? TimeSpan.FromSeconds(10);
    }

    public static string KeyOf(ulong fingerprint) => fingerprint.ToString("x16", CultureInfo.InvariantCulture);

    public AvroSchema? Find(ulong fingerprint)
    {
        if (_schemas.TryGetValue(fingerprint, out var known)) return known;
        lock (_gate)
        {
            if (!_schemas.ContainsKey(fingerprint)) ReadToEnd();
            return _schemas.GetValueOrDefault(fingerprint);
        }
    }

    public void Publish(AvroSchema schema, string schemaText)
    {
        if (Find(schema.Fingerprint) is not null) return;
        var record = new Message<byte[]?, byte[]?>
        {
            Key = Encoding.UTF8.GetBytes(KeyOf(schema.Fingerprint)),
            Value = Encoding.UTF8.GetBytes(schemaText),
        };
        try
        {
            var config = KafkaClients.ProducerConfig(_settings, "kf-schemas");
            config.CancellationDelayMaxMs = KafkaClients.ShortLivedPollMs;
            config.MessageTimeoutMs = (int)_timeout.TotalMilliseconds;
            using var producer = KafkaClients.Producer(config, _logger);
            new WarmTopics(producer.Handle).Warm(_topic);
            producer.ProduceAsync(_topic, record).GetAwaiter().GetResult();
        }
        catch (KafkaException e)
        {
            throw new SchemaUnavailableException(
                $"schema {schema} could not be written to topic {_topic} on Kafka at {_settings.Bootstrap} "
                + $"({e.Error.Reason}); tried for {_timeout.TotalSeconds:0} s. Check that the broker runs and that the "
                + "topic exists.", e);
        }
        _schemas[schema.Fingerprint] = schema;
        Log.SchemaPublished(_logger, schema.ToString(), KeyOf(schema.Fingerprint), _topic);
    }

    public void Dispose()
    {
        lock (_gate) _reader?.Dispose();
    }

    private void ReadToEnd()
    {
        try
        {
            _reader ??= new TopicReader(_settings, _topic, logger: _logger);
            _reader.ReadToEnd(Keep, _timeout);
        }
        catch (KafkaUnavailableException e)
        {
            throw new SchemaUnavailableException($"writer schemas cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Anybody may write the topic; what is no schema, or not the one its key says, is left out.</summary>
    private void Keep(ConsumeResult<byte[]?, byte[]?> record)
    {
        if (record.Message.Value is not { } value) return;
        var key = Encoding.UTF8.GetString(record.Message.Key ?? []);
        if (!AvroSchema.TryParse(value, out var schema, out var error))
            Log.SchemaIgnored(_logger, _topic, record.Offset.Value, error!.ToString());
        else if (KeyOf(schema.Fingerprint) is var expected && key != expected)
            Log.SchemaIgnored(_logger, _topic, record.Offset.Value, $"its key is '{key}', its fingerprint {expected}");
        else
            _schemas[schema.Fingerprint] = schema;
    }
}
