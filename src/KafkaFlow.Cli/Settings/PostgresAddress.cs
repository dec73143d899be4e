using System.Globalization;
using Npgsql;

namespace KafkaFlow.Cli.Settings;

/// <summary>A Postgres address as people write it: a URI or an Npgsql connection string.</summary>
internal static class PostgresAddress
{
    public static string ToConnectionString(string address)
    {
        if (!address.StartsWith("postgres://", StringComparison.Ordinal)
            && !address.StartsWith("postgresql://", StringComparison.Ordinal)) return address;
        var uri = new Uri(address);
        var user = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port > 0 ? uri.Port : 5432,
            Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
            Database = uri.AbsolutePath.Trim('/') is { Length: > 0 } name ? Uri.UnescapeDataString(name) : null,
        };
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) builder[Uri.UnescapeDataString(pair[..equals])] = Uri.UnescapeDataString(pair[(equals + 1)..]);
        }
        return builder.ConnectionString;
    }

    /// <summary>For psql: <c>host</c>, <c>port</c>, user and database of an address, without the password.</summary>
    public static string ForDisplay(string address)
    {
        var parsed = new NpgsqlConnectionStringBuilder(ToConnectionString(address));
        return string.Create(
            CultureInfo.InvariantCulture, $"postgresql://{parsed.Username}@{parsed.Host}:{parsed.Port}/{parsed.Database}");
    }
}
