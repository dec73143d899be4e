using System.CommandLine;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Output;
using KafkaFlow.Kafka;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>topics apply|check|diff</c>: the cluster held against <c>topics/*.yaml</c>.</summary>
internal static class TopicsCommands
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    public static Command Create(GlobalOptions global) =>
        new("topics", "Hold the cluster's topics against their definitions.")
    {
        Make(global, "apply", "Create the topics that are missing.", (admin, prefix) => admin.ApplyAsync(prefix)),
        Make(global, "check", "Compare every topic.", (admin, prefix) => admin.CheckAsync(prefix)),
        Make(global, "diff", "Show what is missing or differs.", (admin, prefix) => admin.DiffAsync(prefix)),
    };

    private static Command Make(
        GlobalOptions global, string name, string description,
        Func<TopicAdmin, string, Task<IReadOnlyList<TopicStatus>>> act)
    {
        var command = new Command(name, description);
        global.SetAction(command, async (context, _, cancel) =>
        {
            var settings = context.Connected();
            KafkaClients.WaitForBroker(settings.Kafka, ConnectTimeout, cancel: cancel);
            using var admin = new TopicAdmin(settings.Kafka);
            var topics = await act(admin, settings.Prefix);
            Show(context.Report, topics);
            if (topics.Any(t => t.Status == TopicStatus.Differs))
                context.Report.Talk(
                    "next: change the named configs with your Kafka tools; existing topics are never altered here");
            else if (topics.Any(t => t.Status == TopicStatus.Missing))
                context.Report.Talk("next: kafkaflow topics apply");
            return topics.All(t => t.Status is TopicStatus.Ok or TopicStatus.Created) ? ExitCodes.Ok
                : ExitCodes.Conflict;
        });
        return command;
    }

    private static void Show(Report report, IReadOnlyList<TopicStatus> topics)
    {
        var document = new JsonArray([.. topics.Select(topic => new JsonObject
        {
            ["topic"] = topic.Topic,
            ["status"] = topic.Status,
            ["differences"] = new JsonArray([.. topic.Differences.Select(d => new JsonObject
            {
                ["config"] = d.Config, ["expected"] = d.Expected, ["actual"] = d.Actual, ["severity"] = d.Severity,
            })]),
        })]);
        report.Document(document, _ => report.Table(
            ["topic", "status", "differences"],
            topics.Select(t => new[]
            {
                t.Topic, t.Status,
                string.Join("; ",
                    t.Differences.Select(d => $"{d.Config}: {d.Actual}, expected {d.Expected} ({d.Severity})")),
            })));
    }
}
