namespace KafkaFlow.Doctor.Cluster;

/// <summary>What is asked of the cluster. Without a broker that answers, only the broker is told of.</summary>
internal static class ClusterChecks
{
    public static IEnumerable<Check> All(DoctorOptions options, Lazy<Task<Finding>> broker)
    {
        if (options.Kafka is not { } kafka)
        {
            string[] names = ["broker", "transactions", "topics", "durability", "clock", "engine"];
            const string why = "no --bootstrap was given and no instance runs";
            foreach (var name in names) yield return Check.Blocking(name, "", () => Finding.Skipped(why));
            yield break;
        }
        var topics = options.Topics;
        yield return new("broker", BrokerCheck.Fix(kafka), _ => broker.Value);
        yield return Asked("transactions", TransactionsCheck.Fix, () => TransactionsCheck.Look(options));
        yield return AskedAsync("topics", TopicsCheck.Apply, _ => TopicsCheck.LookAsync(kafka, topics.Prefix, options));
        yield return AskedAsync("durability", DurabilityCheck.Fix, _ => DurabilityCheck.LookAsync(options));
        yield return AskedAsync("clock", ClockCheck.Fix, cancel => ClockCheck.LookAsync(options, cancel));
        yield return Asked("engine", EngineCheck.Fix, () => EngineCheck.Look(options));

        Check Asked(string name, string fix, Func<Finding> look) =>
            AskedAsync(name, fix, cancel => Task.Run(look, cancel));

        Check AskedAsync(string name, string fix, Func<CancellationToken, Task<Finding>> look) => new(
            name, fix, async cancel => (await broker.Value).Status == CheckStatus.Ok
                ? await look(cancel)
                : Finding.Skipped("the broker does not answer"));
    }

    /// <summary>For one request of a check that makes a few.</summary>
    public static TimeSpan RequestTimeout(DoctorOptions options) => options.Timeout * 0.6;
}
