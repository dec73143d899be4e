using System.Collections.Concurrent;
using KafkaFlow.Avro;

namespace KafkaFlow.Serdes;

/// <summary>Where writer schemas of single-object encoding are kept, by their CRC-64-AVRO fingerprint.</summary>
public interface ISchemaStore
{
    /// <summary>Returns once the schema is where every reader finds it.</summary>
    /// <exception cref="SchemaUnavailableException">It cannot be put there now.</exception>
    void Publish(AvroSchema schema, string schemaText);

    /// <returns>null if nobody has published it, which is certain at the time of the call.</returns>
    /// <exception cref="SchemaUnavailableException">Whether it is published cannot be known now.</exception>
    AvroSchema? Find(ulong fingerprint);
}

/// <summary>Schemas known to this process only: for tools and tests without Kafka.</summary>
public sealed class LocalSchemas : ISchemaStore
{
    private readonly ConcurrentDictionary<ulong, AvroSchema> _schemas = new();

    public void Publish(AvroSchema schema, string schemaText) => _schemas[schema.Fingerprint] = schema;

    public AvroSchema? Find(ulong fingerprint) => _schemas.GetValueOrDefault(fingerprint);
}
