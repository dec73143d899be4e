using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using KafkaFlow.Serdes.Registry;

namespace KafkaFlow.Doctor.Services;

/// <summary>The schema registry: answers, lets us in, and keeps its schemas.</summary>
internal static class RegistryCheck
{
    private const string Topic = "_schemas";

    public static IEnumerable<Check> Checks(DoctorOptions options, Lazy<Task<Finding>> broker)
    {
        const string none = "no --registry was given";
        if (options.Registry is not { } registry)
        {
            yield return Check.Blocking("registry", "", () => Finding.Skipped(none));
            yield return Check.Blocking("registry_topic", "", () => Finding.Skipped(none));
            yield break;
        }
        var fix = $"start the registry at {registry.Address}, or name another with --registry";
        yield return Check.Blocking("registry", fix, () => Answers(options, registry, fix));
        if (options.Kafka is not { } kafka)
            yield return Check.Blocking("registry_topic", "", () => Finding.Skipped("no --bootstrap was given"));
        else
            yield return new(
                "registry_topic", fix, async _ => (await broker.Value).Status == CheckStatus.Ok
                    ? await KeepsAsync(options, kafka)
                    : Finding.Skipped("the broker does not answer"));
    }

    private static Finding Answers(DoctorOptions options, RegistrySettings registry, string fix)
    {
        var once = registry with { MaxAttempts = 1, RequestTimeout = options.Timeout * 0.8 };
        try
        {
            using var client = new SchemaRegistryClient(once);
            client.Latest($"{options.Topics.Events}-value");
            return Finding.Ok($"{registry} answers");
        }
        catch (SchemaUnavailableException e) when (e.Message.Contains("refused access", StringComparison.Ordinal))
        {
            return Finding.Fail(
                e.Message, "access", "set KAFKAFLOW_REGISTRY_AUTH=user:password as the registry knows it");
        }
        catch (SchemaUnavailableException e)
        {
            return Finding.Fail(e.Message, "an answer of Confluent's REST API", fix);
        }
        catch (SchemaRegistryException e)
        {
            return Finding.Fail(e.Message, "an answer of Confluent's REST API", fix);
        }
    }

    /// <summary>A registry may keep its schemas elsewhere; those kept here must not be deleted.</summary>
    private static async Task<Finding> KeepsAsync(DoctorOptions options, KafkaSettings kafka)
    {
        using var admin = KafkaClients.Admin(kafka, "kf-doctor");
        if (KafkaClients.Partitions(admin.GetMetadata(Topic, options.Timeout * 0.5), Topic) == 0)
            return Finding.Skipped($"no topic {Topic}: the registry keeps its schemas elsewhere");
        var results = await admin.DescribeConfigsAsync(
            [new() { Type = Confluent.Kafka.Admin.ResourceType.Topic, Name = Topic }],
            new() { RequestTimeout = options.Timeout * 0.5 });
        var policy = results[0].Entries.TryGetValue("cleanup.policy", out var entry) ? entry.Value : "unknown";
        return policy == "compact"
            ? Finding.Ok($"{Topic} is compacted")
            : Finding.Fail(
                $"cleanup.policy of {Topic} is {policy}: schemas will be lost", "compact",
                $"kafka-configs.sh --bootstrap-server {kafka.Bootstrap} --alter --topic {Topic} "
                + "--add-config cleanup.policy=compact");
    }
}
