// Package config reads a service's settings from the environment.
package config

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// Config holds the settings of one service.
type Config struct {
	Port    int
	Workers int
	Timeout time.Duration
	Retries int
}

// Load reads all settings, and names the first that is wrong.
func Load() (*Config, error) {
	port, err := number("PORT", 8080)
	if err != nil {
		return nil, fmt.Errorf("reading the port: %w", err)
	}
	workers, err := number("WORKERS", 4)
	if err != nil {
		return nil, fmt.Errorf("reading the workers: %w", err)
	}
	retries, err := number("RETRIES", 3)
	if err != nil {
		return nil, fmt.Errorf("reading the retries: %w", err)
	}
	timeout, err := duration("TIMEOUT", 5*time.Second)
	if err != nil {
		return nil, fmt.Errorf("reading the timeout: %w", err)
	}
	return &Config{Port: port, Workers: workers, Timeout: timeout, Retries: retries}, nil
}

func number(name string, missing int) (int, error) {
	text, found := os.LookupEnv(name)
	if !found {
		return missing, nil
	}
	return strconv.Atoi(text)
}

func duration(name string, missing time.Duration) (time.Duration, error) {
	text, found := os.LookupEnv(name)
	if !found {
		return missing, nil
	}
	return time.ParseDuration(text)
}
