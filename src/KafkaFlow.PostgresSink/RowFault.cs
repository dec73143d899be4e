using Npgsql;

namespace KafkaFlow.PostgresSink;

/// <summary>Tells a row that can never be written from a server that cannot write now.</summary>
internal static class RowFault
{
    /// <summary>Classes of SQLSTATE that are the row's fault: data exception, integrity violation, program
    /// limit.</summary>
    private static readonly string[] Classes = ["22", "23", "54"];

    public static bool Is(Exception e) =>
        e is PostgresException postgres
        && Classes.Any(c => postgres.SqlState.StartsWith(c, StringComparison.Ordinal));

    public static string Describe(Exception e) =>
        e is PostgresException postgres ? $"{postgres.SqlState}: {postgres.MessageText}" : e.Message;
}
