using System.Globalization;
using System.Text.Json;
using KafkaFlow.Contracts;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace KafkaFlow.Workers.Postgres;

/// <summary>
/// Node type postgres: runs a script with bound parameters in one transaction, together with a ledger row that makes a
/// repeated task id return the stored result. The credential is resolved here and scrubbed from all that leaves.
/// Thread-safe; owns the connection pools.
/// </summary>
public sealed class PostgresTaskHandler(
    CredentialDirectory credentials, ILogger<PostgresTaskHandler> logger, int maxConnections = 32)
    : ITaskHandler, IDisposable
{
    private static readonly string[] NameKeys = ["name", "credential", "key"];
    private readonly PostgresDatabases _databases = new(maxConnections);

    public string NodeType => "postgres";

    public async Task<TaskOutcome> RunAsync(TaskRecord task, TaskContext context, CancellationToken cancel)
    {
        if (PostgresInput.Parse(task.Input, out var problem) is not { } input) return BadInput(problem);
        if (CredentialName(task.Auth) is not { } name)
            return BadInput("the postgres task names no credential; expected auth: NAME");
        if (credentials.Find(name, out var error) is not { } credential) return TaskOutcome.Failed(error!);
        if (_databases.Find(credential, out problem) is not { } database)
            return TaskOutcome.Failed(
                TaskErrorCodes.BadCredential, $"credential '{name}': {problem}", retryable: false);
        if (input.OneTransaction && ProblemOf(input) is { } refused) return TaskOutcome.Failed(refused);

        var scrubber = new Scrubber(credential.Secrets);
        var outcome = await RunAsync(task, input, database, name, cancel);
        if (outcome.Error is { } failed)
        {
            var clean = failed with
            {
                Message = scrubber.Message(failed.Message),
                Details = failed.Details is null ? null : scrubber.Message(failed.Details),
            };
            Log.PostgresFailed(logger, task.TaskId, clean.Code, clean.Message);
            return TaskOutcome.Failed(clean);
        }
        return TaskOutcome.Completed(scrubber.Result(outcome.Result!));
    }

    public void Dispose() => _databases.Dispose();

    private static async Task<TaskOutcome> RunAsync(
        TaskRecord task, PostgresInput input, PostgresDatabase database, string credential, CancellationToken cancel)
    {
        var script = new PostgresScript(task, input, database);
        try
        {
            return TaskOutcome.Completed(await script.RunAsync(cancel));
        }
        catch (PostgresException e)
            when (e.SqlState == PostgresErrorCodes.QueryCanceled && cancel.IsCancellationRequested)
        {
            throw new OperationCanceledException("the task was stopped", e, cancel);
        }
        catch (PostgresException e)
        {
            if (e.MessageText.Contains(TaskLedger.Table, StringComparison.Ordinal)) database.ForgetLedger();
            return TaskOutcome.Failed(
                TaskErrorCodes.PostgresError, MessageOf(e, script), IsPassing(e), DetailsOf(e, script));
        }
        catch (PostgresResultTooLargeException e)
        {
            return TaskOutcome.Failed(TaskErrorCodes.ResultTooLarge, e.Message, retryable: false, e.Details);
        }
        catch (NpgsqlException e) when (!cancel.IsCancellationRequested)
        {
            var address = new NpgsqlConnectionStringBuilder(database.Source.ConnectionString);
            return TaskOutcome.Failed(
                TaskErrorCodes.PostgresUnavailable,
                $"Postgres at {address.Host}:{address.Port} (credential '{credential}') does not answer: "
                + $"{e.InnerException?.Message ?? e.Message}. Check that it runs and can be reached from this worker.");
        }
    }

    private static TaskError? ProblemOf(PostgresInput input)
    {
        for (var i = 0; i < input.Statements.Count; i++)
            if (input.Statements[i].IsTransactionControl)
                return new TaskError(
                    TaskErrorCodes.TransactionControl,
                    $"statement {i} is {input.Statements[i].Keyword}, but the script runs in one transaction that "
                    + "begins and ends by itself; leave it out or set transaction: false", Retryable: false);
        return null;
    }

    /// <summary>"NAME", {"name": "NAME"} (also credential, key), or one alias with such a map.</summary>
    private static string? CredentialName(string? auth)
    {
        if (auth is null) return null;
        using var document = JsonDocument.Parse(auth, Json.Reading);
        return NameIn(document.RootElement, aliases: true);
    }

    private static string? NameIn(JsonElement auth, bool aliases)
    {
        if (auth.ValueKind == JsonValueKind.String) return auth.GetString();
        if (auth.ValueKind != JsonValueKind.Object) return null;
        foreach (var key in NameKeys)
            if (auth.TryGetProperty(key, out var name) && name.ValueKind == JsonValueKind.String)
                return name.GetString();
        var inner = auth.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Object).ToList();
        return aliases && inner.Count == 1 ? NameIn(inner[0].Value, aliases: false) : null;
    }

    private static TaskOutcome BadInput(string message) =>
        TaskOutcome.Failed(TaskErrorCodes.BadInput, message, retryable: false);

    /// <summary>Wrong SQL, data or passwords stay wrong.</summary>
    private static bool IsPassing(PostgresException e) => e.SqlState[..2] is not ("42" or "22" or "0A" or "28" or "25");

    private static string MessageOf(PostgresException e, PostgresScript script)
    {
        var hint = e.SqlState switch
        {
            PostgresErrorCodes.ActiveSqlTransaction => "; set transaction: false to run each statement by itself",
            PostgresErrorCodes.InsufficientPrivilege when script.Position < 0 =>
                $"; the worker needs the table {TaskLedger.Table}: let it create tables in its schema, or create it "
                + "(docs/worker-protocol.md) and grant select, insert, update and delete on it",
            _ => "",
        };
        var where = script.Position < 0
            ? "" : string.Create(CultureInfo.InvariantCulture, $" (statement {script.Position})");
        return $"{e.SqlState}: {e.MessageText}{where}{hint}";
    }

    private static string DetailsOf(PostgresException e, PostgresScript script) => Json.Text(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("sqlstate", e.SqlState);
        if (script.Position >= 0) writer.WriteNumber("statement", script.Position);
        if (script.Current is { } sql) writer.WriteString("sql", sql);
        if (e.Position > 0) writer.WriteNumber("position", e.Position);
        foreach (var (name, value) in new[]
                 {
                     ("detail", e.Detail), ("hint", e.Hint), ("schema", e.SchemaName), ("table", e.TableName),
                     ("column", e.ColumnName), ("constraint", e.ConstraintName),
                 })
            if (!string.IsNullOrEmpty(value)) writer.WriteString(name, value);
        writer.WriteEndObject();
    });
}
