using System.Net;
using System.Net.Sockets;

namespace KafkaFlow.LocalServers;

/// <summary>TCP ports on the loopback address.</summary>
public static class Ports
{
    /// <returns>Distinct ports that were free a moment ago.</returns>
    public static int[] Free(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Stop();
        return ports;
    }

    public static bool IsFree(int port)
    {
        using var probe = new TcpListener(IPAddress.Loopback, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public static bool Answers(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Names the process that listens on a port, as far as /proc tells.</summary>
    public static string HolderOf(int port)
    {
        var inode = File.ReadLines("/proc/net/tcp").Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(f => f[3] == "0A" && f[1].EndsWith($":{port:X4}", StringComparison.Ordinal))
            .Select(f => f[9]).FirstOrDefault();
        if (inode is null) return "unknown process";
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(d[^1])))
        {
            try
            {
                if (Directory.EnumerateFiles($"{directory}/fd").Any(fd =>
                        new FileInfo(fd).LinkTarget == $"socket:[{inode}]"))
                    return $"process {Path.GetFileName(directory)} ({File.ReadAllText($"{directory}/comm").Trim()})";
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue; // it ended, or belongs to somebody else
            }
        }
        return "a process of another user";
    }
}
