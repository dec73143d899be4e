using KafkaFlow.Contracts;
using Npgsql;

namespace KafkaFlow.Workers.Postgres;

/// <summary>One execution of a script. Knows at which statement it is, for errors.</summary>
internal sealed class PostgresScript(TaskRecord task, PostgresInput input, PostgresDatabase database)
{
    private const int MaxShownSql = 500;

    /// <summary>Number of the statement under way, from 0; -1 outside of the script.</summary>
    public int Position { get; private set; } = -1;

    public string? Current
    {
        get
        {
            if (Position < 0) return null;
            var sql = input.Statements[Position].Text;
            return sql.Length <= MaxShownSql ? sql : sql[..MaxShownSql] + "..";
        }
    }

    /// <returns>The result as JSON: fresh, or the stored one if this task has run before.</returns>
    public async Task<string> RunAsync(CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        var ledger = await database.LedgerAsync(connection, cancel);
        return input.OneTransaction
            ? await InOneTransactionAsync(connection, ledger, cancel)
            : await OneByOneAsync(connection, ledger, cancel);
    }

    private async Task<string> InOneTransactionAsync(
        NpgsqlConnection connection, TaskLedger ledger, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        if (await ledger.TakeAsync(connection, task.TaskId, task.TaskHash, cancel) is { } stored) return stored;
        var result = await ExecuteAsync(connection, cancel);
        await ledger.StoreAsync(connection, task.TaskId, result, cancel);
        await transaction.CommitAsync(cancel);
        return result;
    }

    /// <summary>Asked for by the step: each statement commits; a crash in between repeats the first ones.</summary>
    private async Task<string> OneByOneAsync(NpgsqlConnection connection, TaskLedger ledger, CancellationToken cancel)
    {
        await using (var look = await connection.BeginTransactionAsync(cancel))
        {
            // Rolled back: the row is only taken once all statements are through.
            if (await ledger.TakeAsync(connection, task.TaskId, task.TaskHash, cancel) is { } stored) return stored;
        }
        var result = await ExecuteAsync(connection, cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await ledger.TakeAsync(connection, task.TaskId, task.TaskHash, cancel);
        await ledger.StoreAsync(connection, task.TaskId, result, cancel);
        await transaction.CommitAsync(cancel);
        return result;
    }

    private async Task<string> ExecuteAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        using var result = new PostgresResult(SizeLimits.AnswerBytes);
        for (Position = 0; Position < input.Statements.Count; Position++)
        {
            var statement = input.Statements[Position];
            await using var command = new NpgsqlCommand(statement.Text, connection) { AllResultTypesAreUnknown = true };
            foreach (var name in statement.Parameters) command.Parameters.Add(input.ParameterOf(name));
            await using var reader = await command.ExecuteReaderAsync(cancel);
            await result.AddAsync(reader, statement.Keyword, cancel);
        }
        Position = -1;
        return result.ToJson();
    }
}
