using System.CommandLine;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.PostgresSink;
using Npgsql;
using Command = System.CommandLine.Command;
using EngineCore = KafkaFlow.Engine.Engine;

namespace KafkaFlow.Cli.Commands;

/// <summary>
/// <c>execution replay ID</c>: folds the facts of one source into state, and holds the result against the other source
/// where there is one: rows against records, field by field, and the state's hash.
/// </summary>
internal static class ExecutionReplay
{
    public static Command Create(GlobalOptions global)
    {
        var id = new Argument<string>("ID");
        var from =
            new Option<string>("--from") { Description = "kafka or postgres", DefaultValueFactory = _ => "kafka" };
        from.AcceptOnlyFromAmong("kafka", "postgres");
        var command = new Command("replay", "Rebuild an execution's state from its events.") { id, from };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            using var cluster = await context.ConnectAsync(cancel);
            var execution = parsed.GetValue(id)!;
            var source = parsed.GetValue(from)!;
            var log = ExecutionHistory.Read(cluster, execution, cancel).Facts;
            var rows = await ReadRowsAsync(cluster, execution, required: source == "postgres", cancel);
            var facts = source == "postgres" ? rows! : log;
            if (facts.Count == 0) throw ExecutionHistory.Unknown(execution);
            var state = facts.Aggregate((ExecutionState?)null, EngineCore.Evolve)!;
            var differences = Differences(log, rows);
            Show(context.Report, execution, source, facts, state, differences);
            return differences.Count == 0 ? ExitCodes.Ok : ExitCodes.Failure;
        });
        return command;
    }

    private static void Show(
        Report report, string execution, string source, IReadOnlyList<ExecutionEvent> facts, ExecutionState state,
        List<string> differences)
    {
        var hash = StateCodec.StateHash(state);
        var document = new JsonObject
        {
            ["execution_id"] = execution, ["source"] = source, ["at_seq"] = facts[^1].Seq, ["facts"] = facts.Count,
            ["state_hash"] = hash, ["matches"] = differences.Count == 0,
            ["differences"] = new JsonArray([.. differences.Select(d => JsonValue.Create(d))]),
            ["state"] = new JsonObject
            {
                ["status"] = state.Status.ToString().ToUpperInvariant(), ["last_seq"] = state.LastSeq,
                ["live"] = state.Live,
                ["activations"] = new JsonArray([.. state.Activations.Values.Select(a => new JsonObject
                {
                    ["activation"] = a.Id, ["phase"] = a.Phase.ToString().ToUpperInvariant(), ["attempt"] = a.Attempt,
                    ["result"] = EventJson.Parse(a.Result), ["error"] = EventJson.Parse(a.Error),
                })]),
            },
        };
        report.Document(document, o =>
        {
            o.WriteLine($"{execution}: {facts.Count} facts from {source} up to seq {facts[^1].Seq}");
            o.WriteLine($"state {hash}");
            o.WriteLine(differences.Count == 0 ? "matches" : string.Join('\n', differences));
        });
    }

    /// <summary>Where the table has the execution, each of its rows must be the record of the same number.</summary>
    private static List<string> Differences(IReadOnlyList<ExecutionEvent> log, IReadOnlyList<ExecutionEvent>? rows)
    {
        var differences = new List<string>();
        if (rows is null || rows.Count == 0) return differences;
        var bySeq = rows.ToDictionary(r => r.Seq);
        foreach (var fact in log)
            if (!bySeq.Remove(fact.Seq, out var row))
                differences.Add($"seq {fact.Seq} {fact.EventType} is not in Postgres");
            else if (!EventRows.AreSame(fact, row))
                differences.Add($"seq {fact.Seq} {fact.EventType} differs in Postgres");
        differences.AddRange(bySeq.Keys.Order().Select(seq => $"seq {seq} is in Postgres but not in Kafka"));
        return differences;
    }

    private static async Task<IReadOnlyList<ExecutionEvent>?> ReadRowsAsync(
        Cluster cluster, string execution, bool required, CancellationToken cancel)
    {
        if (cluster.Settings.Postgres is not { } address || address == CliSettings.NoPostgres)
            return required
                ? throw CliException.Unavailable("no Postgres address", "name one with --postgres URI")
                : null;
        try
        {
            await using var source = NpgsqlDataSource.Create(PostgresAddress.Parse(address));
            return await EventRows.ReadAsync(source, execution, cluster.PartitionOf(execution), cancel);
        }
        catch (NpgsqlException failure) when (!required)
        {
            _ = failure; // the log alone is a full answer
            return null;
        }
    }
}
