using System.CommandLine;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using KafkaFlow.Contracts;
using KafkaFlow.PostgresSink;
using Npgsql;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>execution list</c>: reads the projection in Postgres, newest first.</summary>
internal static class ExecutionList
{
    private const int DefaultLimit = 50;

    private const string Query = """
        select e.execution_id, e.playbook_path, e.playbook_version, e.content_hash, e.status, e.result, e.error,
               e.started_at, e.ended_at, e.duration_ms, f.node_name, f.attempt, f.error, r.meta
        from execution e
        left join lateral (select node_name, attempt, error from event
            where execution_id = e.execution_id and event_type in ('action_failed', 'step_failed')
            order by seq desc limit 1) f on true
        left join lateral (select meta from event
            where execution_id = e.execution_id and event_type = 'action_retry_scheduled' and e.ended_at is null
            order by seq desc limit 1) r on true
        where ($1 is null or e.status = $1) and ($2 is null or e.playbook_path = $2)
        order by e.started_at desc, e.execution_id
        limit $3
        """;

    public static Command Create(GlobalOptions global)
    {
        var status = new Option<string?>("--status") { Description = "only executions of this status" };
        var playbook = new Option<string?>("--playbook") { Description = "only executions of this playbook path" };
        var limit = new Option<int>("--limit")
        {
            Description = $"at most so many ({DefaultLimit})", DefaultValueFactory = _ => DefaultLimit,
        };
        limit.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !(int.TryParse(result.Tokens[0].Value, out var given) && given > 0))
                result.AddError($"--limit is {result.Tokens[0].Value}; expected a number of at least 1");
        });
        status.AcceptOnlyFromAmong("RUNNING", "WAITING", "PAUSED", "PARKED", "COMPLETED", "FAILED", "CANCELLED");
        var command = new Command("list", "List executions, newest first.") { status, playbook, limit };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            var rows = await ReadAsync(
                AddressOf(context), parsed.GetValue(status), parsed.GetValue(playbook), parsed.GetValue(limit), cancel);
            context.Report.Document(rows, _ => Show(context.Report, rows));
            return ExitCodes.Ok;
        });
        return command;
    }

    /// <summary>Lists read Postgres alone: a Kafka address is needed only to find the running instance's
    /// Postgres.</summary>
    private static string AddressOf(CommandContext context)
    {
        var address = context.Settings.Postgres ?? context.Connected().Postgres;
        return address is null or CliSettings.NoPostgres
            ? throw CliException.Unavailable(
                "no Postgres address; lists read the table execution", "name one with --postgres URI")
            : address;
    }

    private static async Task<JsonArray> ReadAsync(
        string address, string? status, string? playbook, int limit, CancellationToken cancel)
    {
        await using var source = NpgsqlDataSource.Create(PostgresAddress.Parse(address));
        await using var query = source.CreateCommand(Query);
        query.Parameters.Add(TextOrNull(status));
        query.Parameters.Add(TextOrNull(playbook));
        query.Parameters.AddWithValue(limit);
        var rows = new JsonArray();
        try
        {
            await using var reader = await query.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel)) rows.Add(Row(reader));
        }
        catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            throw CliException.Unavailable(
                $"Postgres at {PostgresAddress.Describe(address)} has no table execution",
                "the sink creates it; start one with: kafkaflow sink run");
        }
        return rows;
    }

    private static NpgsqlParameter TextOrNull(string? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text };

    private static void Show(Report report, JsonArray rows) => report.Table(
        ["execution", "playbook", "status", "started at", "ms", "last failure"],
        rows.Select(row => new[]
        {
            (string)row!["execution_id"]!, $"{row["playbook"]!["path"]}@{row["playbook"]!["version"]}",
            (string)row["status"]!, (string)row["started_at"]!, row["duration_ms"]?.ToString() ?? "-",
            FailureText(row["last_failure"]),
        }));

    private static JsonObject Row(NpgsqlDataReader row) => new()
    {
        ["execution_id"] = row.GetString(0),
        ["playbook"] = new JsonObject
        {
            ["path"] = Text(row, 1), ["version"] = row.IsDBNull(2) ? null : row.GetInt32(2),
            ["content_hash"] = Text(row, 3),
        },
        ["status"] = row.GetString(4),
        ["result"] = EventJson.Parse(Text(row, 5)),
        ["error"] = EventJson.Parse(Text(row, 6)),
        ["started_at"] = Time(row, 7),
        ["ended_at"] = Time(row, 8),
        ["duration_ms"] = row.IsDBNull(9) ? null : row.GetInt64(9),
        ["last_failure"] = row.IsDBNull(12) ? null : Failure(row),
        ["next_retry_at"] = EventJson.Parse(Text(row, 13))?["due_at"]?.DeepClone(),
    };

    private static JsonObject Failure(NpgsqlDataReader row)
    {
        var error = EventJson.Parse(row.GetString(12));
        return new JsonObject
        {
            ["step"] = Text(row, 10), ["code"] = error?["code"]?.DeepClone(),
            ["message"] = error?["message"]?.DeepClone(),
            ["attempt"] = row.IsDBNull(11) ? null : row.GetInt32(11),
        };
    }

    private static string FailureText(JsonNode? failure) =>
        failure is null ? "" : $"{failure["step"]} attempt {failure["attempt"]}: {failure["message"]}";

    private static string? Text(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);

    private static string? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : Timestamp.FromDateTime(row.GetDateTime(column)).ToString();
}
