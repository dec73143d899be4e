using System.Diagnostics;
using Confluent.Kafka;
using KafkaFlow.Kafka;

namespace KafkaFlow.Doctor.Cluster;

/// <summary>Whether a broker answers, and under addresses that can be reached from here.</summary>
internal static class BrokerCheck
{
    public static string Fix(KafkaSettings kafka) =>
        $"start the broker at {kafka.Bootstrap}, check its advertised.listeners, or name another with --bootstrap";

    public static Task<Finding> LookAsync(DoctorOptions options, CancellationToken cancel) => Task.Run(
        () =>
        {
            var kafka = options.Kafka!;
            using var admin = KafkaClients.Admin(kafka, "kf-doctor");
            var clock = Stopwatch.StartNew();
            try
            {
                var metadata = admin.GetMetadata(options.Timeout * 0.8);
                var nodes = metadata.Brokers.Select(b => $"{b.Host}:{b.Port}");
                return Finding.Ok($"{string.Join(", ", nodes)} after {clock.ElapsedMilliseconds} ms");
            }
            catch (KafkaException e)
            {
                return Finding.Fail(
                    $"no answer from {kafka.Bootstrap} ({e.Error.Reason})", "a broker that answers", Fix(kafka));
            }
        },
        cancel);
}
