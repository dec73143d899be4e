using System.Net.Sockets;
using KafkaFlow.PostgresSink;
using Npgsql;

namespace KafkaFlow.Doctor.Services;

/// <summary>The sink's Postgres: answers, is new enough, has the tables, lets us write.</summary>
internal static class PostgresChecks
{
    private const int OldestVersion = 13;
    private static readonly string[] Tables =
        [SinkTables.Event, SinkTables.Execution, SinkTables.SinkOffset, SinkTables.EventRejected];

    private static readonly string[] Privileges = ["select", "insert", "update"];

    private const string LackingQuery =
        "select distinct case when to_regclass(t) is null then 'create on schema ' || current_schema() "
        + "else p || ' on ' || t end, case when to_regclass(t) is null then 'grant create on schema ' "
        + "|| quote_ident(current_schema()) else 'grant ' || array_to_string($2, ', ') || ' on ' || t end "
        + "from unnest($1) t, unnest($2) p where case when to_regclass(t) is null "
        + "then not has_schema_privilege(current_schema(), 'create') "
        + "else not has_table_privilege(to_regclass(t)::oid, p) end "
        + "union all select 'temp on database ' || current_database(), "
        + "'grant temp on database ' || quote_ident(current_database()) "
        + "where not has_database_privilege(current_database(), 'temp') order by 1";

    public static IEnumerable<Check> All(DoctorOptions options)
    {
        if (options.Postgres is not { } address)
        {
            string[] names = ["postgres", "postgres_version", "postgres_tables", "postgres_privileges"];
            return names.Select(name => Check.Blocking(name, "", () => Finding.Skipped("no --postgres was given")));
        }
        var where = PostgresAddress.Describe(address);
        var fix = $"start the Postgres at {where}, check user, password and database, or name another with --postgres";
        var opens = new Lazy<Task<Finding>>(() => AnswersAsync(options, address, where, fix));
        return
        [
            new("postgres", fix, _ => opens.Value),
            After("postgres_version", VersionAsync), After("postgres_tables", TablesAsync),
            After("postgres_privileges", PrivilegesAsync),
        ];

        Check After(string name, Func<NpgsqlConnection, CancellationToken, Task<Finding>> lookAsync) => new(
            name, fix, async cancel =>
            {
                if ((await opens.Value).Status != CheckStatus.Ok) return Finding.Skipped("Postgres does not let us in");
                await using var connection = Connection(options, address);
                await connection.OpenAsync(cancel);
                return await lookAsync(connection, cancel);
            });
    }

    private static NpgsqlConnection Connection(DoctorOptions options, string address)
    {
        var parsed = PostgresAddress.Parse(address);
        parsed.Pooling = false;
        parsed.Timeout = Math.Max(1, (int)options.Timeout.TotalSeconds);
        parsed.ApplicationName = "kafkaflow-doctor";
        return new(parsed.ConnectionString);
    }

    private static async Task<Finding> AnswersAsync(DoctorOptions options, string address, string where, string fix)
    {
        try
        {
            await using var connection = Connection(options, address);
            await connection.OpenAsync();
            return Finding.Ok(where);
        }
        catch (PostgresException e)
        {
            return Finding.Fail($"{where}: {e.SqlState} {e.MessageText}", "a connection", fix);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException or ArgumentException)
        {
            return Finding.Fail($"{where}: {(e.InnerException ?? e).Message}", "a connection", fix);
        }
    }

    private static async Task<Finding> VersionAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var show = new NpgsqlCommand("show server_version", connection);
        var text = (string)(await show.ExecuteScalarAsync(cancel))!;
        return VersionFinding(text, connection.PostgreSqlVersion.Major);
    }

    internal static Finding VersionFinding(string text, int major) => major >= OldestVersion
        ? Finding.Ok(text, $">= {OldestVersion}")
        : Finding.Fail(text, $">= {OldestVersion}", $"use Postgres {OldestVersion} or later");

    /// <summary>The sink makes what is missing when it starts; what has another shape it refuses.</summary>
    private static async Task<Finding> TablesAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        const string expected = "tables event, execution, sink_offset, event_rejected and view event_json";
        var problems = await SinkSchema.DifferencesAsync(connection, cancel);
        if (problems.Count == 0) return Finding.Ok("all tables, with their columns");
        var there = new List<string>();
        await using (var query = new NpgsqlCommand(
            "select table_name::text from information_schema.tables "
            + "where table_schema = current_schema() and table_name = any($1)", connection))
        {
            query.Parameters.Add(new() { Value = Tables });
            await using var reader = await query.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel)) there.Add(reader.GetString(0));
        }
        var wrong = problems.Where(p => there.Any(t => p.StartsWith($"{t}.", StringComparison.Ordinal))).ToArray();
        return wrong.Length == 0
            ? Finding.Warn(
                $"missing: {string.Join(", ", Tables.Except(there))}", expected, "kafkaflow sink run, which makes them")
            : Finding.Fail(
                string.Join("; ", wrong), expected,
                "give the sink a database of its own: createdb NAME, and --postgres with that name");
    }

    /// <summary>On tables that are there, to write them; else to make them.</summary>
    private static async Task<Finding> PrivilegesAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var query = new NpgsqlCommand(LackingQuery, connection);
        query.Parameters.Add(new() { Value = Tables });
        query.Parameters.Add(new() { Value = Privileges });
        var lacking = new List<(string What, string Grant)>();
        await using (var reader = await query.ExecuteReaderAsync(cancel))
            while (await reader.ReadAsync(cancel)) lacking.Add((reader.GetString(0), reader.GetString(1)));
        var user = new NpgsqlConnectionStringBuilder(connection.ConnectionString).Username;
        if (lacking.Count == 0) return Finding.Ok($"{user} may {string.Join(", ", Privileges)}");
        var grants = lacking.Select(l => l.Grant).Distinct().Select(grant => $"{grant} to \"{user}\";");
        return Finding.Fail(
            $"{user} lacks {string.Join(", ", lacking.Select(l => l.What))}",
            "to write the sink's tables, or make them, and to use temporary ones",
            $"as their owner, in psql: {string.Join(' ', grants)}");
    }
}
