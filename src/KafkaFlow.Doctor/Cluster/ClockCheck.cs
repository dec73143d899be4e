using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaFlow.Kafka;

namespace KafkaFlow.Doctor.Cluster;

/// <summary>
/// This machine's clock against the append time of the broker, which decides when a timer is due: one record on a topic
/// of its own, which is removed again.
/// </summary>
internal static class ClockCheck
{
    public const string Fix = "set both clocks by NTP: timedatectl set-ntp true";
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    public static async Task<Finding> LookAsync(DoctorOptions options, CancellationToken cancel)
    {
        var timeout = ClusterChecks.RequestTimeout(options);
        var topic = $"{options.Topics.Prefix}.doctor-{Guid.NewGuid():N}"[..40];
        using var admin = KafkaClients.Admin(options.Kafka!, "kf-doctor");
        try
        {
            await admin.CreateTopicsAsync([new()
            {
                Name = topic, NumPartitions = 1, ReplicationFactor = -1,
                Configs = new() { ["message.timestamp.type"] = "LogAppendTime", ["retention.ms"] = "3600000" },
            }], new() { RequestTimeout = timeout });
        }
        catch (CreateTopicsException e)
        {
            return Finding.Skipped($"needs a topic of its own, and may not make {topic}: {e.Results[0].Error.Reason}");
        }
        try
        {
            return await CompareAsync(options, topic, cancel);
        }
        finally
        {
            await admin.DeleteTopicsAsync([topic], new() { RequestTimeout = timeout });
        }
    }

    private static async Task<Finding> CompareAsync(DoctorOptions options, string topic, CancellationToken cancel)
    {
        using var producer = KafkaClients.Producer(KafkaClients.ProducerConfig(options.Kafka!, "kf-doctor"));
        KafkaClients.WarmUp(producer.Handle, [topic], ClusterChecks.RequestTimeout(options));
        // The first record finds the way; the second is quick, and what it took is the error of the comparison.
        await producer.ProduceAsync(topic, new() { Value = [0] }, cancel);
        var before = options.Surroundings.Clock.GetUtcNow();
        var sent = await producer.ProduceAsync(topic, new() { Value = [1] }, cancel);
        var after = options.Surroundings.Clock.GetUtcNow();
        if (sent.Timestamp.Type != TimestampType.LogAppendTime)
            return Finding.Skipped("the broker does not tell when it appended");
        var appended = new DateTimeOffset(sent.Timestamp.UtcDateTime);
        // Within the time of the request there is no difference to see.
        var off = appended < before ? before - appended : appended > after ? appended - after : TimeSpan.Zero;
        var found = string.Create(CultureInfo.InvariantCulture,
            $"{off.TotalMilliseconds:0} ms {(appended < before ? "ahead of" : "behind")} the broker's");
        return off <= Tolerance
            ? Finding.Ok(off == TimeSpan.Zero ? "as the broker's" : found, $"<= {Tolerance.TotalSeconds:0} s")
            : Finding.Warn($"this machine's clock is {found}", $"<= {Tolerance.TotalSeconds:0} s", Fix);
    }
}
