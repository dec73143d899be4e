using Confluent.Kafka;
using KafkaFlow.Kafka;

namespace KafkaFlow.Doctor.Cluster;

/// <summary>
/// Asks for a transactional producer id, which takes idempotence, transactions and the right to use them. Versions of
/// single requests say less: a broker may know them and refuse.
/// </summary>
internal static class TransactionsCheck
{
    public const string Fix =
        "use a broker of Kafka 0.11 or later, and allow this user the transactional ids PREFIX-*";

    private const string Expected = "idempotent and transactional producers";

    public static Finding Look(DoctorOptions options)
    {
        var id = $"{options.Topics.Prefix}-doctor";
        var config = KafkaClients.TransactionalProducerConfig(options.Kafka!, "kf-doctor", id);
        using var producer = KafkaClients.Producer(config);
        try
        {
            producer.InitTransactions(ClusterChecks.RequestTimeout(options));
            return Finding.Ok("idempotent and transactional producers are served");
        }
        catch (KafkaException e)
        {
            return Finding.Fail($"no transactional producer for {id}: {e.Error.Reason}", Expected, Fix);
        }
    }
}
